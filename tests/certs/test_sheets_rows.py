"""What one row becomes, cell by cell."""

from datetime import date

import pytest

from services.certs.sheets import ROW_CODES, Row, RowSkipped
from services.kernel.reasons import reasons
from tests.certs.sheets import (
    AUTHORITY,
    FORM_2015,
    FORM_2018,
    FORM_OF_PERSONS,
    NO_CODE,
    SHOP,
    good,
    refused,
    results,
    sheet,
)


class TestGoodRow:
    def test_is_read_whole(self) -> None:
        row = good(sheet({}))
        assert (row.line, row.holder_kind, row.id_type, row.id_number) == (2, "organisation", "001", SHOP)
        assert (row.document_number, row.certificate_name) == ("西食药许〔2026〕2号", "食品经营许可证")
        assert (row.valid_from, row.valid_to) == (date(2026, 3, 5), date(2031, 3, 4))
        assert (row.authority_code, row.state, row.warnings) == (AUTHORITY, "valid", ())

    def test_keeps_every_cell_as_it_was_written(self) -> None:
        assert good(sheet({"有效期自": "2026，3，5"})).raw["有效期自"] == "2026，3，5"

    def test_keeps_the_cells_of_two_columns_with_one_heading(self) -> None:
        text = sheet({}).replace("备注\n", "备注,备注\n").replace(",\n", ",first,second\n")
        assert {"first", "second"} <= set(good(text).raw.values())

    def test_takes_the_licence_number_where_the_decision_has_none(self) -> None:
        assert good(sheet({"行政许可决定文书号": "/"})).document_number == "JY14203220000021"

    @pytest.mark.parametrize(
        "empty", ["", "　", "/", "\\", "无", "空", "null", "NULL", "-", "——", "未办", "零", "暂无"]
    )
    def test_reads_the_many_ways_to_write_nothing(self, empty: str) -> None:
        assert good(sheet({"备注": empty, "许可证书名称": empty})).certificate_name is None

    @pytest.mark.parametrize(
        "written", ['"甲店"', "'甲店", "“甲店”", " 甲店\t", "\u3000甲店\u00a0", '="甲店"']
    )
    def test_strips_quotes_and_blanks(self, written: str) -> None:
        assert good(sheet({"行政相对人名称": written})).holder_name == "甲店"

    def test_keeps_rare_characters_and_the_middle_dot_of_names(self) -> None:
        assert good(sheet({"行政相对人名称": "阿依古丽·𠮷（个体）"})).holder_name == "阿依古丽·𠮷（个体）"

    def test_unifies_the_width_of_numbers(self) -> None:
        assert (
            good(sheet({"行政许可决定文书号": "西许〔２０２６〕２号"})).document_number == "西许〔2026〕2号"
        )

    @pytest.mark.parametrize(
        "heading", ["行政相对人名称", "行政许可决定文书名称", "许可类别", "许可内容", "有效期至"]
    )
    def test_is_refused_without_what_a_certificate_needs(self, heading: str) -> None:
        row = refused(sheet({heading: "/"}))
        assert (row.code, row.column) == ("row_field_missing", heading)

    def test_is_flagged_without_what_a_certificate_can_do_without(self) -> None:
        assert good(sheet({"法定代表人": "", "数据来源单位统一社会信用代码": "1"})).warnings == (
            "field_missing",
        )

    def test_is_flagged_for_a_cell_longer_than_the_form(self) -> None:
        row = good(sheet({"行政许可决定文书名称": "书" * 65}))
        assert (len(row.document_name), row.warnings) == (65, ("field_longer_than_form",))

    def test_is_refused_with_a_code_that_has_its_words(self) -> None:
        assert reasons().keys() >= ROW_CODES


class TestState:
    @pytest.mark.parametrize(("form", "state"), [(FORM_2015, "withdrawn"), (FORM_2018, "valid")])
    def test_one_means_what_the_form_says(self, form: dict[str, str], state: str) -> None:
        assert good(sheet({"当前状态": "1"}, form=form)).state == state

    @pytest.mark.parametrize("form", [FORM_2015, FORM_2018, FORM_OF_PERSONS])
    def test_words_mean_the_same_everywhere(self, form: dict[str, str]) -> None:
        states = [
            row.state
            for row in results(sheet({"当前状态": "正常"}, {"当前状态": "撤销"}, form=form))
            if isinstance(row, Row)
        ]
        assert states == ["valid", "withdrawn"]

    def test_a_number_is_put_aside_where_the_heading_does_not_decide(self) -> None:
        mixed = FORM_2018 | {"地方编码": "420322"}
        assert refused(sheet({"当前状态": "1"}, form=mixed)).code == "row_state_undecided"

    @pytest.mark.parametrize(("form", "written"), [(FORM_2015, "2"), (FORM_2018, "异议")])
    def test_a_disputed_one_is_put_aside(self, form: dict[str, str], written: str) -> None:
        assert refused(sheet({"当前状态": written}, form=form)).code == "row_state_disputed"

    @pytest.mark.parametrize("written", ["0", "2", "3", "无效"])
    def test_any_other_value_of_the_new_form_is_put_aside(self, written: str) -> None:
        assert refused(sheet({"当前状态": written})).code == "row_state_undecided"

    def test_an_empty_one_is_an_ordinary_approval(self) -> None:
        assert good(sheet({"当前状态": ""})).state == "valid"


class TestAuthority:
    @pytest.mark.parametrize("code", ["", "0", NO_CODE])
    def test_is_refused_without_a_code(self, code: str) -> None:
        assert refused(sheet({"许可机关统一社会信用代码": code})).code == "authority_code_missing"

    def test_is_refused_for_a_wrong_check_character(self) -> None:
        assert (
            refused(sheet({"许可机关统一社会信用代码": AUTHORITY[:-1] + "H"})).code
            == "authority_code_invalid"
        )

    def test_of_the_old_form_has_a_name_only(self) -> None:
        row = good(sheet({}, form=FORM_2015))
        assert (row.authority_code, row.authority_name) == ("", "郧西县市场监督管理局")
        assert row.warnings == ("authority_code_absent",)

    def test_a_wrong_source_is_flagged(self) -> None:
        row = good(sheet({"数据来源单位统一社会信用代码": "12345"}))
        assert (row.source_code, row.warnings) == (None, ("source_code_invalid",))


class TestSkippedRow:
    @pytest.mark.parametrize("name", ["测试企业", "郧西县***商行"])
    def test_is_a_test_row(self, name: str) -> None:
        assert results(sheet({"行政相对人名称": name})) == [RowSkipped(line=2, why="test")]

    def test_is_an_explanation_and_what_follows_it(self) -> None:
        rows = results(sheet({}) + "表格说明：1.带*的必填\n2.没有文书号的填许可编号\n")
        assert rows[1:] == [RowSkipped(line=line, why="explanation") for line in (3, 4)]

    def test_is_a_stretch_of_blank_ones(self) -> None:
        rows = results(sheet({}) + ",,,\n\n" + ",".join(["　"] * len(FORM_2018)) + "\n")
        assert rows[1:] == [RowSkipped(line=3, why="blank", rows=3)]

    def test_is_a_heading_repeated_in_joined_files(self) -> None:
        rows = results(sheet({}) + sheet({}))
        assert [type(row) for row in rows] == [Row, RowSkipped, Row]
