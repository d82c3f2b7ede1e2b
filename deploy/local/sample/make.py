"""Makes the sample: `python -m deploy.local.sample.make`. The same every time, and all made up."""

import csv
from collections.abc import Iterator
from datetime import date, datetime
from io import StringIO
from pathlib import Path
from random import Random

from openpyxl import Workbook

from deploy.local.sample import quirks
from deploy.local.sample.authorities import BY_CERTIFICATE_NAME, DATA_BUREAU
from deploy.local.sample.holders import Holder, driver, organisations, person

FOLDER = Path(__file__).parent
CSV, XLSX = FOLDER / "permits.csv", FOLDER / "permits-persons.xlsx"
_SEED = 420322
_ORGANISATIONS, _PERSONS, _ROWS = 170, 14, 300

# As clerks write them: one file mixes widths, stars, blanks and low lines.
_HEADINGS = (
    *(
        "行政相对人名称*",
        "行政相对人类别*",
        "行政相对人代码_1(统一社会信用代码)*",
        "行政相对人代码_2(工商注册号)",
    ),
    *(
        "行政相对人代码＿3（组织机构代码）",
        "行政相对人代码_4(税务登记号)",
        "行政相对人代码_5(事业单位证书号)",
    ),
    *("行政相对人代码_6(社会组织登记证号)", "法定代表人*", "法定代表人证件类型", "法定代表人证件号码"),
    *("行政许可决定文书名称*", "行政许可决定书文号*", "许可类别*", "许可证书名称", "许可编号", "许可内容*"),
    *("许可决定日期", "有效期自*", "有效期至*", "许可机关", "许可机关 统一社会信用代码*", "当前状态"),
    *("数据来源单位*", "数据来源单位统一社会信用代码*", "备注"),
)
_PERSON_HEADINGS = ("行政相对人名称*", "证件类型*", "证件号码*", *_HEADINGS[11:])
_TITLE = "郧西县行政许可信息公示表（自然人）"

# number, document's short mark, years of validity (0: no end), category, what it allows
_LICENCES = {
    "食品经营许可证": ("JY1420322{:07d}", "食药", 5, "普通", "预包装食品销售；散装食品销售，热食类食品制售"),
    "药品经营许可证": ("鄂DA420322{:04d}", "药监", 5, "普通", "药品零售：中成药、化学药制剂、抗生素制剂"),
    "特种设备使用登记证": ("梯11鄂C420322{:04d}", "特设", 0, "登记", "特种设备使用登记"),
    "公共场所卫生许可证": ("鄂卫公证字420322{:04d}", "卫公", 4, "普通", "公共场所卫生许可"),
    "道路运输经营许可证": ("鄂交运管许可十字420322{:04d}", "交运", 4, "普通", "道路普通货物运输"),
    "人力资源服务许可证": (
        "4203220420322{:04d}",
        "人社",
        5,
        "普通",
        "职业中介活动：为劳动者介绍用人单位,为用人单位推荐劳动者",
    ),
    "烟草专卖零售许可证": ("420322420322{:04d}", "烟专", 5, "特许", "卷烟本店零售，雪茄烟本店零售"),
    "取水许可证": ("C420322G420322{:04d}", "水许", 5, "特许", "取水许可：地表水\n年取水量 12 万立方米"),
}


def main() -> None:
    """Write both files beside this one."""
    CSV.write_bytes(csv_content())
    workbook().save(XLSX)


def csv_content() -> bytes:
    """The form of 2018 in UTF-8 with a byte-order mark: good rows, with faulty and idle ones among them."""
    text = StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(_lines(Random(_SEED)))  # noqa: S311  # made-up data
    return text.getvalue().encode("utf-8-sig")


def _lines(chance: Random) -> Iterator[list[str]]:
    good = _good_rows(chance)
    changes = (*quirks.FAULTS, *quirks.ODDITIES)
    changed = dict(zip(chance.sample(range(40, _ROWS), len(changes)), changes, strict=True))
    yield list(_HEADINGS)
    yield ["必填", "必填", *["选填"] * 6, "必填", *["选填"] * 2, *["必填"] * 3, *["选填"] * 2, *["必填"] * 10]
    for number, cells in enumerate(good):
        yield changed[number](cells) if number in changed else cells
        if number in {90, 200}:
            yield ["测试企业" if number == 90 else "郧西县***商行", *cells[1:]]  # noqa: PLR2004  # a place in the file
    yield [""] * len(_HEADINGS)
    yield ["表格说明：1.带*的为必填项"]
    yield ["2.没有文书号的，填写许可编号"]


def _good_rows(chance: Random) -> list[list[str]]:
    """The visit's two holders lead; the others come in any order, each with each of its certificates once."""
    made = [driver(), *organisations(chance, _ORGANISATIONS)]
    made += [person(chance, 100 + serial) for serial in range(_PERSONS)]
    pairs = [(holder, name) for holder in made for name in holder.certificate_names]
    first, rest = pairs[:3], pairs[3:]
    chance.shuffle(rest)
    return [_row(chance, *pair, serial) for serial, pair in enumerate((first + rest)[:_ROWS], start=1)]


def _row(chance: Random, holder: Holder, certificate_name: str, serial: int) -> list[str]:
    number = f"'{holder.number}" if holder.category == "自然人" else quirks.code(chance, holder.number)
    codes = [quirks.no_code(chance) for _ in range(5)]
    left = [holder.name, holder.category, number, *codes]
    identity = [
        holder.representative or quirks.nothing(chance),
        quirks.nothing(chance),
        quirks.nothing(chance),
    ]
    return [*left, *identity, *_right(chance, certificate_name, serial)]


def _right(chance: Random, certificate_name: str, serial: int) -> list[str]:
    """What both forms share: the decision, its days, the authority and the source."""
    number, mark, years, category, content = _LICENCES[certificate_name]
    authority = BY_CERTIFICATE_NAME[certificate_name]
    decided = date(2026, chance.randint(1, 10), chance.randint(1, 28))
    ends = decided.replace(year=decided.year + years) if years else None
    return [
        f"{certificate_name.removesuffix('证')}决定书",
        f"西{mark}许〔2026〕{serial}号" if serial % 9 else f"西{mark}许〔２０２６〕{serial}号",
        category,
        certificate_name,
        number.format(serial),
        content if serial % 7 else f"“{content}”",
        quirks.day(chance, decided),
        quirks.day(chance, decided),
        quirks.day(chance, ends),
        # Short names and missing prefixes are common: the code says who it is.
        authority.name if serial % 5 else authority.name.removeprefix("郧西县"),
        quirks.code(chance, authority.code),
        chance.choice(["1", "1", "正常", "有效", ""]),
        DATA_BUREAU.name,
        DATA_BUREAU.code,
        quirks.nothing(chance),
    ]


def workbook() -> Workbook:
    """The form of natural persons: a merged title, real dates, and a number that the spreadsheet spoiled."""
    chance = Random(_SEED + 1)  # noqa: S311  # made-up data
    made = Workbook()
    sheet = made.worksheets[0]
    sheet.title = "许可"
    sheet.append([_TITLE])
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(_PERSON_HEADINGS))
    sheet.append(list(_PERSON_HEADINGS))
    for serial, (id_type, number) in enumerate(_documents(chance), start=1):
        holder = person(chance, 300 + serial)
        cells: list[object] = [holder.name, id_type, number or holder.number]
        cells += _right(chance, "道路运输经营许可证", 600 + serial)
        if serial % 3 == 0:
            cells[9:12] = [datetime(2026, 6, serial), datetime(2026, 6, serial), datetime(2030, 6, serial)]  # noqa: DTZ001  # spreadsheets have no zone
        sheet.append(cells)
    made.create_sheet("处罚").append(["行政处罚决定书文号"])
    return made


def _documents(chance: Random) -> list[tuple[str, str | int | None]]:
    """Twenty kinds and numbers; None is the citizen's number of whoever is made."""
    special: list[tuple[str, str | int | None]] = [
        ("护照号", "EM0000001"),
        ("港澳居民来往内地通行证", "H00000017"),
        ("台湾居民来往大陆通行证", "00000025"),
        ("身份证", 420322199512074260),  # a number, not text: a spreadsheet keeps 15 digits of it
        ("驾驶证", "420300000001"),
    ]
    ordinary: list[tuple[str, str | int | None]] = [("身份证", None)] * 15
    everyone = ordinary + special
    chance.shuffle(everyone)
    return everyone


if __name__ == "__main__":
    main()
