"""From headings as they are really written to the fields of the table 双公示 行政许可."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum

from services.certs.sheets.cells import normalised
from services.certs.sheets.faults import ColumnsMissing
from services.certs.sheets.joint import JointColumns, joint_columns, part_of
from services.certs.sheets.rows import Line


class Field(StrEnum):
    """A column of the table; the value is its heading in the form of 2018."""

    HOLDER_NAME = "行政相对人名称"
    HOLDER_CATEGORY = "行政相对人类别"
    USCC = "行政相对人代码_1(统一社会信用代码)"
    CITIZEN_NUMBER = "代码_5(居民身份证号)"
    OTHER_CODE = "行政相对人代码"
    ID_TYPE = "证件类型"
    ID_NUMBER = "证件号码"
    LEGAL_REPRESENTATIVE = "法定代表人"
    LEGAL_REPRESENTATIVE_ID_TYPE = "法定代表人证件类型"
    LEGAL_REPRESENTATIVE_ID = "法定代表人证件号码"
    DOCUMENT_NAME = "行政许可决定文书名称"
    DOCUMENT_NUMBER = "行政许可决定文书号"
    CATEGORY = "许可类别"
    CERTIFICATE_NAME = "许可证书名称"
    CERTIFICATE_NUMBER = "许可编号"
    RENEWS = "原许可编号"
    CONTENT = "许可内容"
    DECIDED_ON = "许可决定日期"
    VALID_FROM = "有效期自"
    VALID_TO = "有效期至"
    AUTHORITY_NAME = "许可机关"
    AUTHORITY_CODE = "许可机关统一社会信用代码"
    STATE = "当前状态"
    SOURCE_NAME = "数据来源单位"
    SOURCE_CODE = "数据来源单位统一社会信用代码"
    REMARK = "备注"
    LOCAL_CODE = "地方编码"
    UPDATED_AT = "数据更新时间戳"


class Form(Enum):
    """Which table it is; the same state "1" means 撤销 in one and 有效 in the other."""

    OF_2015 = "2015"
    OF_2018 = "2018"
    UNDECIDED = "undecided"


ALIASES: dict[Field, str] = {
    Field.HOLDER_NAME: "行政相对人名称 相对人名称 行政相对人",
    Field.HOLDER_CATEGORY: "行政相对人类别 相对人类别",
    Field.ID_TYPE: "证件类型 行政相对人证件类型",
    Field.ID_NUMBER: "证件号码 行政相对人证件号码 证件号",
    Field.LEGAL_REPRESENTATIVE: "法定代表人 法定代表人姓名 法定代表人名称 法人代表 负责人",
    Field.LEGAL_REPRESENTATIVE_ID_TYPE: "法定代表人证件类型",
    Field.LEGAL_REPRESENTATIVE_ID: "法定代表人证件号码 法定代表人证件号 法定代表人身份证号",
    Field.DOCUMENT_NAME: "行政许可决定文书名称 许可决定文书名称 决定文书名称 文书名称 项目名称 许可项目名称",
    Field.DOCUMENT_NUMBER: "行政许可决定文书号 许可决定文书号 决定文书号 "
    "行政许可决定书文号 许可决定书文号 决定书文号 文书号",
    Field.CATEGORY: "许可类别 行政许可类别 审批类别",
    Field.CERTIFICATE_NAME: "许可证书名称 行政许可证书名称 证书名称",
    Field.CERTIFICATE_NUMBER: "许可编号 行政许可编号 许可证编号 许可证书编号 证书编号",
    # No column of the published table; added by some, where a licence goes on under a new number.
    Field.RENEWS: "原许可编号 原许可证编号 原许可证书编号 原证书编号 原证照编号 原电子证照标识",
    Field.CONTENT: "许可内容 行政许可内容",
    Field.DECIDED_ON: "许可决定日期 行政许可决定日期 决定日期 发证日期 许可生效期",
    Field.VALID_FROM: "有效期自 许可有效期自",
    Field.VALID_TO: "有效期至 许可有效期至 许可截止期 许可截止日期",
    Field.AUTHORITY_NAME: "许可机关 许可机关名称 行政许可机关",
    Field.STATE: "当前状态",
    Field.SOURCE_NAME: "数据来源单位 数据来源单位名称",
    Field.REMARK: "备注",
    Field.LOCAL_CODE: "地方编码",
    Field.UPDATED_AT: "数据更新时间戳 时间戳",
}
_FIELDS = {alias: field for field, aliases in ALIASES.items() for alias in aliases.split()}

# 代码_2 and 代码_3 swap meaning between the forms: only the words beside the number say what a column holds.
_CODE_WORDS: tuple[tuple[str, Field], ...] = (
    ("机关", Field.AUTHORITY_CODE),
    ("来源", Field.SOURCE_CODE),
    ("法定代表人", Field.LEGAL_REPRESENTATIVE_ID),
    ("统一社会信用", Field.USCC),
    ("居民身份证", Field.CITIZEN_NUMBER),
)
_OLD = frozenset({Field.LOCAL_CODE, Field.UPDATED_AT, Field.CITIZEN_NUMBER})
_OLD_HEADINGS = frozenset({"审批类别", "许可截止期"})
_NEW = frozenset(
    {
        Field.HOLDER_CATEGORY,
        Field.VALID_FROM,
        Field.AUTHORITY_CODE,
        Field.SOURCE_NAME,
        Field.SOURCE_CODE,
        Field.ID_TYPE,
    }
)
_REQUIRED = (Field.HOLDER_NAME, Field.DOCUMENT_NAME, Field.CATEGORY, Field.CONTENT, Field.VALID_TO)
_FEWEST = 3  # headings that a row must have to be taken for one
_BLOCK = 2  # rows above and below the best one that may belong to a merged heading
SEARCHED = 12  # lines in which the headings must begin
_LONGEST = 200  # characters: what is longer is no heading, and too long for the patterns below
_LONGEST_SHOWN = 80


def field_of(heading: str) -> Field | None:
    """Give the field a heading stands for; None for one that the table does not have."""
    if len(heading) > _LONGEST or part_of(heading):
        return None
    text = normalised(heading)
    bare = re.sub(r"\(.*\)", "", text)
    if found := _FIELDS.get(text):
        return found
    if "代码" in text or "统一社会信用" in text or "居民身份证" in text:
        by_words = next((field for word, field in _CODE_WORDS if word in text), None)
        return by_words or (Field.OTHER_CODE if bare.startswith(("行政相对人代码", "代码")) else None)
    return _FIELDS.get(bare)


@dataclass(frozen=True, slots=True)
class Heading:
    """Where each field stands (a field can stand twice) and how the file writes it."""

    names: tuple[str, ...]
    columns: dict[Field, tuple[int, ...]]
    form: Form
    joint: tuple[JointColumns, ...] = ()

    def name(self, field: Field) -> str:
        """Give the heading as the file writes it, else as the form of 2018 does."""
        return self.names[self.columns[field][0]] if field in self.columns else field.value


def find_heading(opening: Sequence[Line]) -> tuple[Heading, int]:
    """Give the headings, up to three merged rows of them, and the index of the first line below them."""
    counts = [len({field for cell in line.cells if (field := field_of(cell))}) for line in opening]
    best = counts.index(max(counts))
    if counts[best] < _FEWEST:
        raise ColumnsMissing(
            f"no headings in the first {len(opening)} lines; needed: {_needed(set(), Form.OF_2018)}"
        )
    top = next(i for i in range(max(0, best - _BLOCK), best + 1) if counts[i])
    below = best + 1
    while below < len(opening) and below <= best + _BLOCK and counts[below] > 1:
        below += 1
    heading = _merge([line.cells for line in opening[top:below]])
    if missing := _needed(set(heading.columns), heading.form):
        raise ColumnsMissing(f"missing: {missing}")
    return heading, below


def _merge(rows: Sequence[Sequence[str]]) -> Heading:
    """Read merged headings downwards: the lowest cell that means something names the column."""
    names: list[str] = []
    columns: dict[Field, tuple[int, ...]] = {}
    for index in range(max(map(len, rows))):
        written = [row[index].strip() for row in rows if index < len(row) and row[index].strip()]
        known = [name for name in written if field_of(name) not in {None, Field.OTHER_CODE}]
        names.append(_shown((known or written or [""])[-1]))
        if known and (field := field_of(known[-1])):
            columns[field] = (*columns.get(field, ()), index)
    while names and not names[-1]:
        names.pop()
    form = _form(columns, {normalised(name) for name in names})
    return Heading(tuple(names), columns, form, joint_columns(names))


def _shown(heading: str) -> str:
    """Give a heading for a report: it goes into every line of it, and to a terminal."""
    text = "".join(each if each.isprintable() else " " for each in heading[:_LONGEST_SHOWN])
    return " ".join(text.split())


def _form(columns: dict[Field, tuple[int, ...]], names: set[str]) -> Form:
    old = bool(_OLD & columns.keys() or _OLD_HEADINGS & names)
    new = bool(_NEW & columns.keys())
    if old == new:
        return Form.UNDECIDED
    return Form.OF_2015 if old else Form.OF_2018


def _needed(have: set[Field], form: Form) -> str:
    """Name what is missing, in the words of the form of 2018."""
    authority = Field.AUTHORITY_NAME if form is Form.OF_2015 else Field.AUTHORITY_CODE
    missing = [field.value for field in (*_REQUIRED, authority) if field not in have]
    one_of = (
        (Field.DOCUMENT_NUMBER, Field.CERTIFICATE_NUMBER),
        (Field.USCC, Field.ID_NUMBER, Field.CITIZEN_NUMBER),
    )
    missing.extend(" / ".join(either) for either in one_of if not have & set(either))
    return ", ".join(missing)
