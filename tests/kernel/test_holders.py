"""Numbers as clerks type them, ids as the platform derives them, names as bystanders may see them."""

from datetime import date

import pytest

from services.kernel.check_digits import mod_11_2, mod_31
from services.kernel.holders import (
    PLACEHOLDER_USCC,
    IdTypeUnknown,
    NumberInvalid,
    PlaceholderCode,
    canonical_name,
    check_number,
    holder_id,
    kind_of,
    mask_name,
    mask_number,
)

TODAY = date(2026, 3, 1)


def citizen(first17: str) -> str:
    return first17 + mod_11_2(first17)


def organisation(first17: str) -> str:
    return first17 + mod_31(first17)


class TestCitizenNumbers:
    @pytest.mark.parametrize("region", ["420322", "422623", "810000", "999999", "830000"])
    def test_takes_any_region_because_regions_come_and_go(self, region: str) -> None:
        number = citizen(region + "19850315001")
        assert check_number("111", number, today=TODAY) == number

    @pytest.mark.parametrize("birth", ["18500101", "20260301", "20000229"])
    def test_takes_birth_dates_from_1850_to_today(self, birth: str) -> None:
        assert check_number("111", citizen(f"420322{birth}001"), today=TODAY)

    @pytest.mark.parametrize("birth", ["18491231", "20260302", "20010229", "19851301", "00000000"])
    def test_refuses_other_dates(self, birth: str) -> None:
        with pytest.raises(NumberInvalid):
            check_number("111", citizen(f"420322{birth}001"), today=TODAY)

    def test_refuses_a_wrong_check_character_without_repeating_the_number(self) -> None:
        number = citizen("42032219850315001")
        wrong = number[:17] + str((int(number[17].replace("X", "0")) + 1) % 10)
        with pytest.raises(NumberInvalid) as refused:
            check_number("111", wrong, today=TODAY)
        assert wrong not in refused.value.detail
        assert refused.value.code == "id_number_invalid"

    def test_reads_full_width_digits_blanks_and_a_small_x_as_the_same_number(self) -> None:
        number = next(
            text for text in (citizen(f"4203221985031{n:04}") for n in range(5000, 5100)) if text[-1] == "X"
        )
        wide = "".join(chr(ord(character) + 0xFEE0) for character in number)
        for written in (wide, f" {number.lower()}\u3000", f"{number[:6]} {number[6:14]} {number[14:]}"):
            assert check_number("111", written, today=TODAY) == number

    @pytest.mark.parametrize("number", ["", "420322850315001", "٤٢٠٣٢٢١٩٨٥٠٣١٥٠٠١٩", "x" * 10_000])
    def test_refuses_what_is_no_number(self, number: str) -> None:
        with pytest.raises(NumberInvalid):
            check_number("111", number, today=TODAY)


class TestCreditCodes:
    @pytest.mark.parametrize("start", ["11", "12", "51", "52", "53", "91", "92", "93", "A1", "N1", "Y1"])
    def test_takes_every_registration_body(self, start: str) -> None:
        code = organisation(start + "420322MA4900002")
        assert check_number("001", code.lower(), today=TODAY) == code

    @pytest.mark.parametrize("code", ["11100000000013338W", "11430000006122244L", "11330105002500287C"])
    def test_takes_published_authorities(self, code: str) -> None:
        assert check_number("001", code, today=TODAY) == code

    @pytest.mark.parametrize(
        "code", ["11100000000013338X", "9142032200000000O0", "B1420322MA49000020", "911"]
    )
    def test_refuses_what_is_no_credit_code(self, code: str) -> None:
        with pytest.raises(NumberInvalid):
            check_number("001", code, today=TODAY)

    @pytest.mark.parametrize("id_type", ["001", "099", "111"])
    def test_refuses_the_filler_code_under_its_own_reason(self, id_type: str) -> None:
        with pytest.raises(PlaceholderCode) as refused:
            check_number(id_type, PLACEHOLDER_USCC.lower(), today=TODAY)
        assert refused.value.code == "holder_code_placeholder"


class TestOtherDocuments:
    @pytest.mark.parametrize(
        ("id_type", "number"),
        [
            ("551", citizen("81000019900101001")),
            ("551", citizen("82000019900101001")),
            ("552", citizen("83000019900101001")),
            ("553", "911124198108030024"),
            ("553", "USA110012345678"),
            ("511", "12345678"),
            ("516", "H12345678"),
            ("413", "PE1234567"),
            ("414", "E12345678"),
            ("414", "EA1234567"),
            ("114", "南字第12345678号"),
            ("099", "ORG-1"),
            ("999", "A1"),
        ],
    )
    def test_takes_a_number_as_it_is_printed(self, id_type: str, number: str) -> None:
        assert check_number(id_type, number, today=TODAY) == number

    @pytest.mark.parametrize(
        ("id_type", "number"),
        [
            ("551", citizen("83000019900101001")),
            ("552", citizen("81000019900101001")),
            ("553", citizen("42032219850315001")),
            ("553", "911124198108030025"),
            ("553", "US1110012345678"),
            ("511", "1234567"),
            ("516", "A12345678"),
            ("414", "E123456789"),
            ("414", "PASSPORT"),
            ("114", ""),
            ("099", "x" * 41),
            ("999", "a\u200b"),
        ],
    )
    def test_refuses_a_number_of_another_form(self, id_type: str, number: str) -> None:
        with pytest.raises(NumberInvalid):
            check_number(id_type, number, today=TODAY)

    @pytest.mark.parametrize(
        ("id_type", "number"),
        [("099", "0"), ("999", "/"), ("999", "无"), ("414", "00000000"), ("999", "n/a")],
    )
    def test_refuses_what_is_typed_where_a_number_is_missing(self, id_type: str, number: str) -> None:
        """Unrelated holders would share one archive."""
        with pytest.raises(PlaceholderCode):
            check_number(id_type, number, today=TODAY)

    @pytest.mark.parametrize("id_type", ["", "112", "１１１"])
    def test_refuses_an_unknown_type(self, id_type: str) -> None:
        with pytest.raises(IdTypeUnknown) as refused:
            check_number(id_type, "1", today=TODAY)
        assert refused.value.code == "id_type_unknown"

    def test_knows_organisations_from_persons(self) -> None:
        assert {kind_of("001"), kind_of("099")} == {"organisation"}
        assert {kind_of("111"), kind_of("414"), kind_of("999")} == {"person"}


class TestHolderId:
    def test_never_changes_for_a_key_and_a_number(self) -> None:
        derived = holder_id(bytes(range(32)), "111", "11010519491231002X")
        # The same by openssl dgst -sha256 -mac HMAC over "111:11010519491231002X", then base32.
        assert derived == "VQSOIGGBG52LFUIIJUQHXWT35F"

    def test_differs_by_key_type_and_number(self) -> None:
        ids = {
            holder_id(key, id_type, number)
            for key in (bytes(32), bytes(range(32)))
            for id_type in ("111", "553")
            for number in ("911124198108030024", "11010519491231002X")
        }
        assert len(ids) == 8
        assert {len(each) for each in ids} == {26}


class TestMasks:
    @pytest.mark.parametrize(
        ("name", "masked"),
        [
            ("张三", "张*"),
            ("张三丰", "张**"),
            ("欧阳修远", "欧阳**"),
            ("欧阳修", "欧阳*"),
            ("司马", "司*"),
            ("阿卜杜拉·买买提", "阿***"),
            ("𠮷野", "𠮷*"),
            ("张", "*"),
            ("", ""),
        ],
    )
    def test_shows_the_family_name_of_a_person(self, name: str, masked: str) -> None:
        assert mask_name(name) == masked

    def test_shows_the_whole_name_of_an_organisation(self) -> None:
        assert mask_name("郧西县第一小学", "organisation") == "郧西县第一小学"

    @pytest.mark.parametrize(
        ("number", "masked"),
        [
            ("11010519491231002X", "110*************2X"),
            ("E12345678", "E*******8"),
            ("12", "**"),
            ("", ""),
        ],
    )
    def test_hides_the_middle_of_a_number(self, number: str, masked: str) -> None:
        assert mask_number(number) == masked


class TestCanonicalName:
    @pytest.mark.parametrize("dot", "·・•･‧")
    def test_sees_one_middle_dot(self, dot: str) -> None:
        assert canonical_name(f"买买提{dot}艾力") == "买买提·艾力"

    def test_sees_one_width_and_no_blanks(self) -> None:
        assert canonical_name("郧西（上津）Ａ　公司 ") == canonical_name("郧西(上津)A公司")

    def test_keeps_rare_characters_apart(self) -> None:
        assert canonical_name("𠮷") != canonical_name("吉")
