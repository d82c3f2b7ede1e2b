"""Headings as they are really written."""

import pytest

from services.certs.sheets.faults import ColumnsMissing, SheetEmpty
from services.certs.sheets.headings import Field, field_of
from tests.certs.sheets import FORM_2015, FORM_2018, SHOP, good, refused, results, sheet, text_of

ROW = list(FORM_2018.values())


class TestHeading:
    @pytest.mark.parametrize(
        ("written", "field"),
        [
            ("行政相对人代码＿1（统一社会信用代码）", Field.USCC),
            ("代码_2(统一社会信用代码)", Field.USCC),
            ("行政相对人代码_2(工商注册号)", Field.OTHER_CODE),
            ("代码_5(居民身份证号)", Field.CITIZEN_NUMBER),
            ("代码_5(事业单位证书号)", Field.OTHER_CODE),
            ("许可机关 统一社会信用代码*", Field.AUTHORITY_CODE),
            ("数据来源单位\n统一社会信用代码", Field.SOURCE_CODE),
            ("法定代表人身份证号", Field.LEGAL_REPRESENTATIVE_ID),
            ("＊有效期自（必填）", Field.VALID_FROM),
            ("许可类别（普通/特许/认可/核准/登记/其他）", Field.CATEGORY),
            ("决定书文号：", Field.DOCUMENT_NUMBER),
            ("发证日期", Field.DECIDED_ON),
            ("许可截止日期", Field.VALID_TO),
            ("序号", None),
        ],
    )
    def test_stands_for_its_field(self, written: str, field: Field | None) -> None:
        assert field_of(written) is field

    def test_moves_a_code_column_by_its_words_and_not_by_its_number(self) -> None:
        text = (
            sheet({})
            .replace("代码_1(统一社会信用代码)", "代码_3(统一社会信用代码)")
            .replace("代码_3(组织", "代码_1(组织")
        )
        assert good(text).id_number == SHOP

    def test_may_stand_below_a_title(self) -> None:
        row = good(text_of([["郧西县行政许可信息公示表"], [], list(FORM_2018), ROW]))
        assert (row.line, row.id_number) == (4, SHOP)

    def test_of_2015_may_take_three_rows_with_merged_cells(self) -> None:
        names = list(FORM_2015)
        groups = [name if not name.startswith("行政相对人代码") else "" for name in names]
        groups[names.index("行政相对人代码_1(统一社会信用代码)")] = "行政相对人代码"
        below = [
            name.removeprefix("行政相对人") if name.startswith("行政相对人代码") else "" for name in names
        ]
        row = good(text_of([["行政许可信息", *[""] * 17], groups, below, list(FORM_2015.values())]))
        assert (row.line, row.id_number, row.document_name) == (4, SHOP, "食品流通许可")

    @pytest.mark.parametrize("note", ["必填", "文本", "128字符", "XK_WSH"])
    def test_may_have_a_row_of_notes_below_it(self, note: str) -> None:
        first, second = results(text_of([list(FORM_2018), [note] * len(FORM_2018), ROW]))
        assert (type(first).__name__, type(second).__name__) == ("RowSkipped", "Row")

    @pytest.mark.parametrize("lost", ["许可内容", "有效期至", "许可机关统一社会信用代码", "行政相对人名称"])
    def test_that_is_missing_is_named(self, lost: str) -> None:
        form = {name: cell for name, cell in FORM_2018.items() if name != lost}
        with pytest.raises(ColumnsMissing, match=lost):
            results(sheet({}, form=form))

    def test_may_be_replaced_by_the_other_number_of_the_same_decision(self) -> None:
        form = {name: cell for name, cell in FORM_2018.items() if name != "行政许可决定文书号"}
        assert good(sheet({}, form=form)).document_number == "JY14203220000021"

    def test_is_needed_at_all(self) -> None:
        with pytest.raises(ColumnsMissing, match="行政相对人名称"):
            results("姓名,电话\n甲,1\n")

    def test_that_would_take_minutes_to_read_is_none(self) -> None:
        """The pattern for brackets takes time by the square: an endless one would hold the whole process."""
        assert field_of("许可内容" + "(" * 10_000_000) is None

    def test_is_shown_short_and_without_what_a_terminal_obeys(self) -> None:
        written = f"许可内容(\x1b[2J{'说明' * 60})"
        row = refused(sheet({"许可内容": ""}).replace("许可内容", written, 1))
        assert row.column.startswith("许可内容( [2J说明")
        assert len(row.column) <= 80

    def test_alone_is_an_empty_sheet(self) -> None:
        with pytest.raises(SheetEmpty):
            results(sheet())

    def test_names_the_column_in_a_refusal_as_the_file_writes_it(self) -> None:
        assert refused(sheet({"许可类别": ""}).replace("许可类别", "＊许可类别")).column == "＊许可类别"
