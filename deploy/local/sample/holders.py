"""Who holds the sample's licences: nobody. Names, codes and numbers are made up, with valid checks."""

from dataclasses import dataclass
from random import Random

from services.kernel.check_digits import mod_11_2, mod_31

_PLACES = [
    "城关", "土门", "上津", "店子", "夹河", "羊尾", "观音", "马安", "河夹", "香口", "关防", "湖北口",
    "景阳", "六郎", "涧池", "安家",
]  # fmt: skip
_WORDS = [
    "天河", "汉江", "金銮", "七夕", "云岭", "五龙", "悬鼓", "玉皇", "双掌", "槐树", "香溪", "仙河",
    "麦峪", "兴隆", "丰源", "同德", "瑞祥", "永乐", "和顺", "春晖",
]  # fmt: skip
_SURNAMES = "王李张刘陈杨黄赵周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧"
_GIVEN = [
    "晓禾", "文清", "思远", "建平", "玉兰", "志强", "桂英", "海波", "雨桐", "明月", "国庆", "秀珍",
    "子涵", "立新", "春梅", "德成", "家宝", "素琴", "向阳", "小满",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trade:
    """A kind of business: how it is named, what it needs, and whether it is a sole trader's."""

    suffix: str
    certificate_names: tuple[str, ...]
    sole: bool


_FOOD, _HYGIENE, _TOBACCO = "食品经营许可证", "公共场所卫生许可证", "烟草专卖零售许可证"
_ROAD, _DRUGS, _DEVICES = "道路运输经营许可证", "药品经营许可证", "特种设备使用登记证"
_TRADES = (
    Trade("食品商行", (_FOOD, _TOBACCO), sole=True),
    Trade("餐馆", (_FOOD, _HYGIENE), sole=True),
    Trade("便民超市", (_FOOD, _TOBACCO), sole=True),
    Trade("理发店", (_HYGIENE,), sole=True),
    Trade("大药房有限公司", (_DRUGS, _FOOD), sole=False),
    Trade("物流有限公司", (_ROAD, _DEVICES), sole=False),
    Trade("酒店管理有限公司", (_FOOD, _HYGIENE, _DEVICES), sole=False),
    Trade("人力资源有限公司", ("人力资源服务许可证",), sole=False),
    Trade("供水有限公司", ("取水许可证", _DEVICES), sole=False),
    Trade("商贸有限公司", (_FOOD, _TOBACCO), sole=False),
)


@dataclass(frozen=True, slots=True)
class Holder:
    """A row's left half: 行政相对人 and who stands for it."""

    name: str
    category: str
    number: str
    representative: str
    certificate_names: tuple[str, ...]


# The two of the demo's visit.
GROCERY_NAME = "郧西县天河口食品商行"
DRIVER_NAME = "林晓禾"


def uscc(prefix: str, serial: int) -> str:
    """A made-up code: 92 sole trader or 91 company, the county, YM and a serial number."""
    text = f"{prefix}420322YM{serial:07d}"
    return text + mod_31(text)


def citizen_number(birth: str, serial: int) -> str:
    """A made-up number; `birth` is YYYYMMDD. The county's region was 422623 until 1994."""
    text = f"{'422623' if birth < '1994' else '420322'}{birth}{serial:03d}"
    return text + mod_11_2(text)


def person(chance: Random, serial: int, certificate_names: tuple[str, ...] = (_ROAD,)) -> Holder:
    """A natural person between about 25 and 60 years of age."""
    birth = f"{chance.randint(1966, 2001)}{chance.randint(1, 12):02d}{chance.randint(1, 28):02d}"
    return Holder(_name(chance), "自然人", citizen_number(birth, serial), "", certificate_names)


def organisations(chance: Random, how_many: int) -> list[Holder]:
    """The grocery first, then companies and sole traders with names of their own."""
    grocery = Holder(GROCERY_NAME, "个体工商户", uscc("92", 1), "陈素琴", (_FOOD, _HYGIENE))
    made = {grocery.name: grocery}
    while len(made) < how_many:
        trade = chance.choice(_TRADES)
        name = f"郧西县{chance.choice(_PLACES)}{chance.choice(_WORDS)}{trade.suffix}"
        number = uscc("92" if trade.sole else "91", len(made) + 1)
        category = "个体工商户" if trade.sole else "法人及非法人组织"
        made.setdefault(name, Holder(name, category, number, _name(chance), trade.certificate_names))
    return list(made.values())


def driver() -> Holder:
    """The natural person of the demo."""
    return Holder(DRIVER_NAME, "自然人", citizen_number("19951207", 426), "", (_ROAD,))


def _name(chance: Random) -> str:
    return chance.choice(_SURNAMES) + chance.choice(_GIVEN)
