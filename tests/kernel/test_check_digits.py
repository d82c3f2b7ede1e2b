"""Check characters against an independent implementation (python-stdnum) and published identifiers."""

import random

import pytest
from stdnum.cn import ric, uscc
from stdnum.iso7064 import mod_11_10 as oracle_11_10
from stdnum.iso7064 import mod_37_36 as oracle_37_36

from services.kernel.check_digits import (
    ALPHANUMERIC,
    DIGITS,
    USCC_ALPHABET,
    mod_11_2,
    mod_11_10,
    mod_31,
    mod_37_36,
)

CHANCE = random.Random(36901)


def texts(alphabet: str, *, length: int, count: int = 500) -> list[str]:
    return ["".join(CHANCE.choices(alphabet, k=length)) for _ in range(count)]


class TestMod11And2:
    def test_agrees_with_stdnum_on_every_text(self) -> None:
        for text in texts(DIGITS, length=17):
            assert mod_11_2(text) == ric.calc_check_digit(text + "0")

    def test_holds_for_the_specimen_of_a_permanent_residence_card(self) -> None:
        assert mod_11_2("91112419810803002") == "4"

    def test_reaches_the_upper_case_x(self) -> None:
        assert "X" in {mod_11_2(text) for text in texts(DIGITS, length=17)}

    @pytest.mark.parametrize("text", ["1101051949123100X", "1101051949123100٣"])
    def test_refuses_a_foreign_character(self, text: str) -> None:
        with pytest.raises(ValueError, match="substring not found"):
            mod_11_2(text)


class TestMod31:
    def test_agrees_with_stdnum_on_every_text(self) -> None:
        for text in texts(USCC_ALPHABET, length=17):
            assert mod_31(text) == uscc.calc_check_digit(text)

    @pytest.mark.parametrize("text", ["11100000000013338W", "11430000006122244L", "11330105002500287C"])
    def test_holds_for_published_authorities(self, text: str) -> None:
        assert mod_31(text[:17]) == text[17]

    @pytest.mark.parametrize("letter", "IOSVZ")
    def test_refuses_the_letters_that_look_like_others(self, letter: str) -> None:
        with pytest.raises(ValueError, match="substring not found"):
            mod_31("9142032200000000" + letter)


class TestMod37And36:
    @pytest.mark.parametrize(
        ("identifier", "check"),
        [
            ("11100000000013338W011.11430000006122244L.20230000403.001", "U"),
            ("11100000000013338W009.11330105002500287C.2025052201.002", "0"),
            ("11100000MB03271699022.340100.000000016.001", "9"),
            ("11100000000013338W032.11220000013544541J.2430599.001", "F"),
        ],
    )
    def test_holds_for_published_certificates(self, identifier: str, check: str) -> None:
        assert mod_37_36(identifier.replace(".", "")) == check

    def test_agrees_with_stdnum_on_every_text(self) -> None:
        for text in texts(ALPHANUMERIC, length=53):
            assert mod_37_36(text) == oracle_37_36.calc_check_digit(text)


class TestMod11And10:
    def test_agrees_with_stdnum_on_every_text(self) -> None:
        for length in (1, 13, 30):
            for text in texts(DIGITS, length=length):
                assert mod_11_10(text) == oracle_11_10.calc_check_digit(text)

    def test_refuses_a_foreign_character(self) -> None:
        with pytest.raises(ValueError, match="substring not found"):
            mod_11_10("12A")
