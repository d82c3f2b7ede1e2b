"""Sheets written for a test: one good row in each form, in which a test changes one cell."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from io import BytesIO, StringIO

from openpyxl import Workbook

from services.certs.sheets import ROW_CODES, ROW_WARNINGS, Row, RowFault, RowRefused, RowSkipped, read

TODAY = date(2026, 11, 23)
SHOP = "92420322YM00000012"
FIRM = "91420322YM00000028"
AUTHORITY = "11420322YM0000002G"
SOURCE = "11420322YM0000001D"
PERSON = "42032219951207426X"
NO_CODE = "00000000000000000X"

FORM_2018 = {
    "行政相对人名称": "郧西县天河口食品商行",
    "行政相对人类别": "个体工商户",
    "行政相对人代码_1(统一社会信用代码)": SHOP,
    "行政相对人代码_2(工商注册号)": "",
    "行政相对人代码_3(组织机构代码)": "",
    "法定代表人": "陈素琴",
    "行政许可决定文书名称": "食品经营许可决定书",
    "行政许可决定文书号": "西食药许〔2026〕2号",
    "许可类别": "普通",
    "许可证书名称": "食品经营许可证",
    "许可编号": "JY14203220000021",
    "许可内容": "预包装食品销售",
    "许可决定日期": "2026-03-05",
    "有效期自": "2026-03-05",
    "有效期至": "2031-03-04",
    "许可机关": "郧西县市场监督管理局",
    "许可机关统一社会信用代码": AUTHORITY,
    "当前状态": "1",
    "数据来源单位": "郧西县数据局",
    "数据来源单位统一社会信用代码": SOURCE,
    "备注": "",
}
FORM_OF_PERSONS = {"行政相对人名称": "林晓禾", "证件类型": "身份证", "证件号码": PERSON} | dict(
    list(FORM_2018.items())[6:]
)
FORM_2015 = {
    "行政许可决定书文号": "西食药许〔2015〕7号",
    "项目名称": "食品流通许可",
    "审批类别": "普通",
    "许可内容": "预包装食品",
    "行政相对人名称": "郧西县天河口食品商行",
    "行政相对人代码_1(统一社会信用代码)": SHOP,
    "行政相对人代码_2(组织机构代码)": "",
    "行政相对人代码_3(工商登记码)": "",
    "行政相对人代码_4(税务登记号)": "",
    "行政相对人代码_5(居民身份证号)": "",
    "法定代表人姓名": "陈素琴",
    "许可决定日期": "2026/3/5",
    "许可截止期": "2031/3/4",
    "许可机关": "郧西县市场监督管理局",
    "当前状态": "0",
    "地方编码": "420322",
    "数据更新时间戳": "2026/3/6",
    "备注": "",
}

Result = Row | RowRefused | RowSkipped


def text_of(rows: Iterable[Sequence[str]]) -> str:
    out = StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def sheet(*changes: dict[str, str], form: dict[str, str] = FORM_2018) -> str:
    """A CSV with one row for each dict of changed cells."""
    return text_of([list(form), *(list((form | change).values()) for change in changes)])


def results(content: str | bytes, name: str = "permits.csv") -> list[Result]:
    stream = BytesIO(content.encode() if isinstance(content, str) else content)
    return list(read(stream, name, today=TODAY))


def good(content: str | bytes, name: str = "permits.csv") -> Row:
    """The only row, which must be a good one."""
    (row,) = results(content, name)
    assert isinstance(row, Row), row
    assert ROW_WARNINGS.issuperset(row.warnings), row
    return row


def faults(content: str | bytes, name: str = "permits.csv") -> tuple[RowFault, ...]:
    """What is wrong with the only row, which must be a refused one."""
    (row,) = results(content, name)
    assert isinstance(row, RowRefused), row
    assert ROW_CODES.issuperset(one.code for one in row.faults), row
    return row.faults


def refused(content: str | bytes, name: str = "permits.csv") -> RowFault:
    """The only thing that is wrong with the only row."""
    (fault,) = faults(content, name)
    return fault


def workbook(rows: Iterable[Sequence[object]]) -> bytes:
    made = Workbook()
    for row in rows:
        made.worksheets[0].append(list(row))
    made.create_sheet("处罚").append(["行政处罚决定书文号"])
    out = BytesIO()
    made.save(out)
    return out.getvalue()
