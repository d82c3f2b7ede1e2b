"""Whose approval a row is."""

import pytest

from services.kernel.check_digits import mod_31
from tests.certs.sheets import FIRM, FORM_2015, FORM_OF_PERSONS, NO_CODE, PERSON, SHOP, good, refused, sheet

CODE = "行政相对人代码_1(统一社会信用代码)"


class TestHolder:
    @pytest.mark.parametrize(
        "code", [f"'{FIRM}", f"{FIRM}\t", FIRM.lower(), f"9142 0322 {FIRM[8:]}", f'="{FIRM}"']
    )
    def test_is_found_by_a_code_however_it_is_typed(self, code: str) -> None:
        assert good(sheet({CODE: code})).id_number == FIRM

    def test_is_found_by_a_code_in_full_width(self) -> None:
        wide = "".join(chr(ord(character) + 0xFEE0) for character in SHOP)
        assert good(sheet({CODE: wide})).id_number == SHOP

    def test_is_flagged_where_a_remark_stands_beside_the_code(self) -> None:
        row = good(sheet({CODE: f"{SHOP}（新证，2026年换发）"}))
        assert (row.id_number, row.warnings) == (SHOP, ("code_remark_dropped",))

    def test_is_refused_where_two_codes_stand_in_one_cell(self) -> None:
        assert refused(sheet({CODE: f"{SHOP}/{FIRM}"})).code == "code_ambiguous"

    @pytest.mark.parametrize("code", ["", "0", "1", "无", "/"])
    def test_is_refused_without_a_code(self, code: str) -> None:
        assert refused(sheet({CODE: code})).code == "holder_code_missing"

    @pytest.mark.parametrize("code", [NO_CODE, NO_CODE.lower(), "000000000000000000", "0000000000000000X"])
    def test_is_never_the_stand_in_for_a_missing_code(self, code: str) -> None:
        assert refused(sheet({CODE: code})).code == "holder_code_placeholder"

    def test_is_refused_for_a_wrong_check_character_without_repeating_the_code(self) -> None:
        row = refused(sheet({CODE: SHOP[:-1] + "3"}))
        assert (row.code, row.column) == ("id_number_invalid", CODE)
        assert SHOP[3:16] not in row.detail

    @pytest.mark.parametrize("prefix", ["A1", "N1", "Y1"])
    def test_may_have_a_code_of_the_later_registers(self, prefix: str) -> None:
        text = f"{prefix}420322YM0000009"
        assert good(sheet({CODE: text + mod_31(text)})).id_type == "001"

    def test_is_a_person_by_category_in_the_sheet_of_organisations(self) -> None:
        row = good(
            sheet({"行政相对人类别": "自然人", CODE: PERSON.lower(), "行政相对人名称": "郧西大酒店有限公司"})
        )
        assert (row.holder_kind, row.id_type, row.id_number) == ("person", "111", PERSON)

    def test_is_a_person_by_code_where_the_category_is_empty(self) -> None:
        assert good(sheet({"行政相对人类别": "", CODE: PERSON})).holder_kind == "person"

    def test_is_an_organisation_however_short_its_name_is(self) -> None:
        assert good(sheet({"行政相对人类别": "", "行政相对人名称": "李记"})).holder_kind == "organisation"

    def test_is_refused_where_category_and_code_disagree(self) -> None:
        assert (
            refused(sheet({"行政相对人类别": "法人及非法人组织", CODE: PERSON})).code
            == "holder_kind_undecided"
        )

    def test_of_the_old_form_is_a_person_by_the_column_of_the_number(self) -> None:
        change = {CODE: "", "行政相对人代码_5(居民身份证号)": PERSON}
        assert good(sheet(change, form=FORM_2015)).id_number == PERSON

    def test_of_the_old_form_is_the_business_where_the_owner_stands_beside_it(self) -> None:
        row = good(sheet({"行政相对人代码_5(居民身份证号)": PERSON}, form=FORM_2015))
        assert (row.holder_kind, row.id_number) == ("organisation", SHOP)

    @pytest.mark.parametrize(
        ("written", "number", "id_type"),
        [
            ("身份证", PERSON, "111"),
            ("护照号", "EM0000001", "414"),
            ("港澳居民来往内地通行证", "H00000017", "516"),
            ("台湾居民来往大陆通行证", "00000025", "511"),
            ("外国人永久居留身份证", "911124198108030024", "553"),
            ("其他-士官证", "20260001", "999"),
        ],
    )
    def test_has_the_document_that_the_form_of_persons_says(
        self, written: str, number: str, id_type: str
    ) -> None:
        row = good(sheet({"证件类型": written, "证件号码": number}, form=FORM_OF_PERSONS))
        assert (row.holder_kind, row.id_type, row.id_number) == ("person", id_type, number)
        assert row.legal_representative is None

    def test_is_refused_for_a_document_that_the_form_does_not_have(self) -> None:
        assert refused(sheet({"证件类型": "驾驶证"}, form=FORM_OF_PERSONS)).code == "id_type_unknown"

    @pytest.mark.parametrize("number", ["4.20322E+17", "4.20322199512074E+17"])
    def test_is_refused_for_a_number_that_a_spreadsheet_rounded(self, number: str) -> None:
        row = refused(sheet({"证件号码": number}, form=FORM_OF_PERSONS))
        assert row.code == "cell_precision_lost"
        assert "4.20322" not in row.detail
