"""A wrong row is refused once, and told everything that is wrong with it."""

import io

import pytest

from services.certs.domain import RefusedRow
from services.certs.sheets import ROW_CODES, Row, RowRefused, RowSkipped, read_lines
from services.kernel.reasons import reasons
from tests.certs.sheets import (
    AUTHORITY,
    FORM_2015,
    FORM_2018,
    FORM_OF_PERSONS,
    NO_CODE,
    PERSON,
    SHOP,
    TODAY,
    faults,
    results,
    sheet,
    text_of,
    workbook,
)

NUMBER = "行政相对人代码_1(统一社会信用代码)"
AUTHORITY_CODE = "许可机关统一社会信用代码"
# A wrong value for each column that can be wrong by itself, and the code that it is refused with.
WRONG = {
    "行政相对人名称": ("", "row_field_missing"),
    NUMBER: (SHOP[:-1] + "3", "id_number_invalid"),
    "行政许可决定文书名称": ("/", "row_field_missing"),
    "许可类别": ("", "row_field_missing"),
    "许可内容": ("暂无", "row_field_missing"),
    "许可决定日期": ("昨天", "date_unreadable"),
    "有效期自": ("2026-02-30", "date_unreadable"),
    "有效期至": ("2031.1", "date_unreadable"),
    AUTHORITY_CODE: (AUTHORITY[:-1] + "H", "authority_code_invalid"),
    "当前状态": ("异议", "row_state_disputed"),
}


def told(content: str | bytes) -> set[tuple[str, str]]:
    """Column and code of each fault of the only row."""
    return {(one.column, one.code) for one in faults(content)}


class TestRow:
    def test_is_told_every_wrong_cell_at_once(self) -> None:
        wrong = {column: value for column, (value, _) in WRONG.items()}
        expected = {(column, code) for column, (_, code) in WRONG.items()}
        assert told(sheet(wrong)) == expected
        assert told(workbook([list(FORM_2018), list((FORM_2018 | wrong).values())])) == expected

    @pytest.mark.parametrize("first", WRONG)
    @pytest.mark.parametrize("second", WRONG)
    def test_is_told_two_wrong_cells_whichever_they_are(self, first: str, second: str) -> None:
        wrong = {column: WRONG[column][0] for column in (first, second)}
        assert told(sheet(wrong)) == {(column, WRONG[column][1]) for column in wrong}

    def test_says_of_each_what_was_got_and_what_is_needed_and_repeats_no_number(self) -> None:
        found = faults(sheet({column: value for column, (value, _) in WRONG.items()}))
        assert all(one.detail and one.code in ROW_CODES and one.code in reasons() for one in found)
        text = str(found)
        assert SHOP[:-1] not in text
        assert AUTHORITY[:-1] not in text

    def test_that_lacks_number_document_and_dates_is_told_so_of_each(self) -> None:
        without = dict.fromkeys(("许可决定日期", "有效期自", "行政许可决定文书号", "许可编号", NUMBER), "")
        assert told(sheet(without)) == {
            (NUMBER, "holder_code_missing"),
            ("行政许可决定文书号", "row_field_missing"),
            ("有效期自", "row_field_missing"),
        }

    def test_of_a_person_is_told_the_document_and_its_number(self) -> None:
        for number, code in (("", "holder_code_missing"), (NO_CODE, "holder_code_placeholder")):
            wrong = {"证件类型": "驾驶证", "证件号码": number}
            assert told(sheet(wrong, form=FORM_OF_PERSONS)) == {
                ("证件类型", "id_type_unknown"),
                ("证件号码", code),
            }

    def test_of_the_old_form_is_told_every_wrong_cell_too(self) -> None:
        wrong = {"许可机关": "", "当前状态": "2", "许可截止期": "下个月", NUMBER: ""}
        assert told(sheet(wrong, form=FORM_2015)) == {
            ("许可机关", "row_field_missing"),
            ("当前状态", "row_state_disputed"),
            ("许可截止期", "date_unreadable"),
            (NUMBER, "holder_code_missing"),
        }

    def test_stands_once_with_its_line_however_much_is_wrong(self) -> None:
        wrong = {column: value for column, (value, _) in WRONG.items()}
        first, second, third = results(sheet(wrong, {}, wrong))
        assert (type(first), type(second), type(third)) == (RowRefused, Row, RowRefused)
        assert (first.line, third.line) == (2, 4)

    def test_is_handed_on_as_one_row_with_a_finding_for_each_fault(self) -> None:
        content = sheet({"许可类别": "", "许可内容": ""}).encode()
        (row,) = read_lines(io.BytesIO(content), "a.csv", today=TODAY)
        assert isinstance(row, RefusedRow)
        assert [(one.line, one.column) for one in row.findings] == [(2, "许可类别"), (2, "许可内容")]


class TestFault:
    def test_is_not_told_twice_for_what_follows_from_it(self) -> None:
        """An end that cannot be read is not before the begin; a broken begin is not missing."""
        assert told(sheet({"有效期至": "2025.1"})) == {("有效期至", "date_unreadable")}
        assert told(sheet({"有效期自": "?", "许可决定日期": ""})) == {("有效期自", "date_unreadable")}
        assert told(sheet({"有效期自": "", "许可决定日期": "?"})) == {("许可决定日期", "date_unreadable")}

    def test_of_a_kind_that_contradicts_the_number_leaves_the_rest_of_the_holder(self) -> None:
        wrong = {"行政相对人类别": "法人及非法人组织", NUMBER: PERSON, "许可内容": ""}
        assert told(sheet(wrong)) == {(NUMBER, "holder_kind_undecided"), ("许可内容", "row_field_missing")}

    @pytest.mark.parametrize(
        ("lost", "code"), [("\ufffd", "row_encoding_broken"), ("\x00", "row_control_character")]
    )
    @pytest.mark.parametrize("column", FORM_2018)
    def test_of_a_lost_character_names_its_column_alone(self, column: str, lost: str, code: str) -> None:
        broken = {column: f"{FORM_2018[column][:2]}{lost}"}
        assert told(sheet(broken)) == {(column, code)}

    def test_of_a_lost_character_hides_no_other(self) -> None:
        broken = {"备注": "\ufffd", "许可内容": "\x1b", "有效期至": ""}
        assert told(sheet(broken)) == {
            ("备注", "row_encoding_broken"),
            ("许可内容", "row_control_character"),
            ("有效期至", "row_field_missing"),
        }

    def test_of_a_lost_mark_between_two_cells_is_told_as_what_it_is(self) -> None:
        """A lead byte without its second one takes the comma behind it along."""
        row = sheet({"许可内容": "糕点\ufffd"}).replace("\ufffd,", "\ufffd")
        assert told(row) == {("", "row_encoding_broken")}

    def test_of_the_whole_line_leaves_no_cell_to_look_at(self) -> None:
        row = sheet({"许可内容": ""}).rsplit(",", 3)[0] + "\n"
        assert told(row) == {("", "row_columns_missing")}

    def test_of_another_row_is_not_told(self) -> None:
        rows = results(sheet({"许可内容": ""}, {"许可类别": ""}))
        assert [[one.column for one in row.faults] for row in rows if isinstance(row, RowRefused)] == [
            ["许可内容"],
            ["许可类别"],
        ]

    def test_is_no_reason_to_refuse_a_test_row(self) -> None:
        assert results(sheet({"行政相对人名称": "测试企业", "许可内容": ""})) == [
            RowSkipped(line=2, why="test")
        ]

    def test_of_a_row_with_endless_columns_is_told_for_some_forty(self) -> None:
        extra = [f"列{n}" for n in range(200)]
        content = text_of([[*FORM_2018, *extra], [*FORM_2018.values(), *["\x1b"] * 200]])
        assert len(faults(content)) == 40
