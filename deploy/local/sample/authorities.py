"""The departments of the sample: their names are real, their credit codes are made up.

The real codes were not found in public. Each made-up one has a valid check character and the letters YM
where a real one has the number of the organisation; swap them here when the real ones are known.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Authority:
    """A department, its unified social credit code, and the certificates it issues by name.

    `also_issues`: those that the sample files have no row of.
    """

    name: str
    code: str
    certificate_names: tuple[str, ...] = ()
    also_issues: tuple[str, ...] = ()


DATA_BUREAU = Authority("郧西县数据局", "11420322YM0000001D")
"""Sends the approvals of every department below: their registered data source."""

MARKET_REGULATION = Authority(
    "郧西县市场监督管理局",
    "11420322YM0000002G",
    ("食品经营许可证", "药品经营许可证", "特种设备使用登记证"),
    also_issues=("营业执照",),
)
HEALTH = Authority(
    "郧西县卫生健康局", "11420322YM0000003K", ("公共场所卫生许可证",), also_issues=("出生医学证明",)
)
TRANSPORT = Authority("郧西县交通运输局", "11420322YM0000004N", ("道路运输经营许可证",))
HUMAN_RESOURCES = Authority("郧西县人力资源和社会保障局", "11420322YM0000005R", ("人力资源服务许可证",))
TOBACCO = Authority("郧西县烟草专卖局", "11420322YM0000006W", ("烟草专卖零售许可证",))
WATER = Authority("郧西县水利和湖泊局", "11420322YM00000070", ("取水许可证",))
CIVIL_AFFAIRS = Authority("郧西县民政局", "11420322YM00000083", also_issues=("结婚证",))
POLICE = Authority("郧西县公安局", "11420322YM00000096", also_issues=("居民户口簿",))

ISSUING = (MARKET_REGULATION, HEALTH, TRANSPORT, HUMAN_RESOURCES, TOBACCO, WATER, CIVIL_AFFAIRS, POLICE)
BY_CERTIFICATE_NAME = {name: authority for authority in ISSUING for name in authority.certificate_names}
