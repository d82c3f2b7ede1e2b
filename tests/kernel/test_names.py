"""Whether a name fits a number, however it is written, and without telling the name."""

import unicodedata

import pytest

from services.kernel.names import comparable_name, hash_name

KEY, HOLDER = bytes(32), "J57CGLK2EIP5SGLF5RTEQFEWAJ"


class TestComparableName:
    @pytest.mark.parametrize("dot", [*"·・•･‧∙⋅.． ", ""])
    def test_takes_the_middle_dot_in_any_form_or_none(self, dot: str) -> None:
        assert comparable_name(f"买买提{dot}艾力") == comparable_name("买买提·艾力")

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("郧西（上津）Ａ　公司 ", "郧西(上津)a公司"),
            ("郧西县“七夕”食品商行", "郧西县七夕食品商行"),
            ("SCHMIDT ANNA", "Anna Schmidt"),
            ("Schmidt, Anna-Lena", "ANNA LENA SCHMIDT"),
            ("Straße", "STRASSE"),
            ("é", "e\u0301"),
            ("张\u200b晓禾\u0000", "张晓禾"),
            ("﨑", "﨑"),
        ],
    )
    def test_is_one_for_all_ways_to_write_a_name(self, one: str, other: str) -> None:
        assert comparable_name(one) == comparable_name(other)

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("张三", "张三丰"),
            ("𠮷田", "吉田"),
            ("\ue000", "\ue001"),
            ("晓禾张", "张晓禾"),
            ("〇", "一"),
            ("张*", "张三"),
            ("Müller", "Muller"),
            ("郧西县七夕食品有限公司", "郧西县七夕食品有限责任公司"),
        ],
    )
    def test_tells_what_only_the_authority_can_call_the_same(self, one: str, other: str) -> None:
        assert comparable_name(one) != comparable_name(other)

    @pytest.mark.parametrize(
        "unseen",
        [
            *"\u00ad\u034f\u061c\u180b\u200b\u200c\u200d\u200e\u202e\u2060\u3164\ufe00\ufe0f\ufeff\uffa0\U000e0100\U000e01ef"
        ],
    )
    @pytest.mark.parametrize("name", ["葛城葛", "Anna-Lena Müller", "é𠮷", "ཨོཾ"])
    def test_takes_no_notice_of_what_shows_nothing(self, name: str, unseen: str) -> None:
        """Also before a mark, and within a word: where one stands no word ends and no letter falls apart."""
        decomposed = unicodedata.normalize("NFD", name)
        assert comparable_name(unseen.join(["", *decomposed, ""])) == comparable_name(name)

    def test_changes_nothing_the_second_time(self) -> None:
        for name in ("Straße Ａ·Ｂ", "买买提•艾力", "ﬁn İ", ""):
            assert comparable_name(comparable_name(name)) == comparable_name(name)


class TestHashName:
    def test_has_nothing_in_common_for_equal_names_of_two_holders(self) -> None:
        assert hash_name(KEY, HOLDER, "张晓禾") != hash_name(KEY, HOLDER[::-1], "张晓禾")

    def test_is_one_for_one_holder_however_the_name_is_written(self) -> None:
        assert hash_name(KEY, HOLDER, "张 晓禾") == hash_name(KEY, HOLDER, "张晓禾")

    def test_cannot_be_made_without_the_key(self) -> None:
        assert hash_name(KEY, HOLDER, "张晓禾") != hash_name(b"1" * 32, HOLDER, "张晓禾")

    @pytest.mark.parametrize(
        ("name", "begins"),
        [
            ("张晓禾", "44b1c9efd77861fb"),
            ("买买提·艾力", "3f7d044593846bd1"),
            ("Schmidt, Anna-Lena", "44b4d1bb51319037"),
            ("郧西县“七夕”食品商行", "382ee824b4ba162e"),
            ("𠮷田 é", "f00b81cb71112924"),
            ("张三\tb", "8355d6a4345ed584"),
        ],
    )
    def test_is_what_it_was_when_the_first_were_kept(self, name: str, begins: str) -> None:
        assert hash_name(KEY, HOLDER, name).startswith(begins)
