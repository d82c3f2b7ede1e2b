"""Faces of made-up holders, in which a test changes one thing."""

from dataclasses import replace
from datetime import date
from typing import Any

from services.certs.domain.face import Face, Marking

CODE = "https://yima.yunxi.example/v/ABCDEFGHIJKLMNOPQRSTUVWXYZ"
TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl~WyJzYWx0IiwibmFtZSIsIngiXQ~"
MARKING = Marking(
    organisation="郧西县住房和城乡建设局",
    purpose="办理门店招牌设置许可",
    made_by="郧西县政务服务中心3号窗口",
    made_on=date(2026, 11, 25),
    expires_on=date(2026, 12, 25),
)
_FACE = Face(
    name="食品经营许可证",
    number="JY14203220000123",
    identifier="1.2.156.3005.2.11100000MB9999900G901.11420322YM0000002G.0A1B2C3D4E5F.001.7",
    authority_name="郧西县市场监督管理局",
    holder_name="郧西县城关镇七夕食品商行",
    holder_number="92420322YM00000012",
    holder_number_term="统一社会信用代码",
    valid_from=date(2026, 3, 5),
    valid_to=date(2031, 3, 4),
    issued_on=date(2026, 3, 5),
    code=CODE,
    code_shown="ABCD-EFGH-JKLM",
    fields=(
        ("法定代表人", "陈素琴"),
        ("决定文书号", "西食许〔2026〕12号"),
        ("经营项目", "预包装食品销售（含冷藏冷冻食品）"),
    ),
)


def a_face(**changes: Any) -> Face:
    return replace(_FACE, **changes)
