"""The code on a face: typed as people type, and guessed by nobody."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.certs.domain.printed_code import (
    MOST_EDITIONS,
    Printed,
    PrintedCodes,
    PrintedCodeWrong,
    grouped,
    plain_code,
)

CODES = PrintedCodes(bytes(range(32)))
ID = "0123456789abcdef0123456789abcdef"
IDS = st.text(alphabet="0123456789abcdef", min_size=32, max_size=32)
ALPHABET = "23456789CDFHJKMNPRTVWXY"


class TestACode:
    @given(IDS, st.integers(1, MOST_EDITIONS))
    def test_is_read_back_by_whoever_has_the_key(self, certificate_id: str, edition: int) -> None:
        code = CODES.of(certificate_id, edition)
        assert len(code) == 20
        assert CODES.read(code) == Printed(prefix=certificate_id[:18], edition=edition)

    def test_never_changes_since_it_is_on_paper(self) -> None:
        assert grouped(CODES.of(ID, 1)) == "C7KV-3FRC-V6MR-3563-X973"
        assert grouped(CODES.of(ID, 2)) == "7TVN-Y7K6-YT9W-P548-872R"

    @given(st.lists(IDS, min_size=2, max_size=40, unique_by=lambda one: one[:18]))
    def test_is_another_for_every_certificate_and_edition(self, ids: list[str]) -> None:
        codes = [CODES.of(one, edition) for one in ids for edition in (1, 2)]
        assert len(set(codes)) == len(codes)

    def test_of_the_next_edition_looks_like_no_neighbour(self) -> None:
        first, second = CODES.of(ID, 1), CODES.of(ID, 2)
        assert sum(one != other for one, other in zip(first, second, strict=True)) > 10

    def test_is_nobody_elses_under_another_key(self) -> None:
        assert PrintedCodes(bytes(32)).read(CODES.of(ID, 1)) != CODES.read(CODES.of(ID, 1))

    @pytest.mark.parametrize("edition", [0, MOST_EDITIONS + 1])
    def test_is_not_made_of_an_edition_that_would_not_come_back(self, edition: int) -> None:
        with pytest.raises(ValueError, match="edition"):
            CODES.of(ID, edition)


class TestTyping:
    CODE = CODES.of(ID, 1)

    @pytest.mark.parametrize(
        "typed",
        [
            grouped(CODE),
            CODE.lower(),
            f"  {CODE[:7]} {CODE[7:]}\n",
            grouped(CODE).replace("-", "－"),
            "".join(chr(ord(one) + 0xFEE0) for one in CODE),
        ],
    )
    def test_is_taken_in_groups_small_letters_and_full_width(self, typed: str) -> None:
        assert CODES.read(typed) == CODES.read(self.CODE)

    def test_what_looks_alike_is_read_as_the_one_that_is_used(self) -> None:
        misread = self.CODE.translate(str.maketrans("8526V", "BSZGU"))
        assert CODES.read(misread) == CODES.read(self.CODE)

    @pytest.mark.parametrize("place", range(20))
    def test_one_wrong_character_is_found_wherever_it_stands(self, place: int) -> None:
        for one in ALPHABET.replace(self.CODE[place], ""):
            with pytest.raises(PrintedCodeWrong):
                CODES.read(self.CODE[:place] + one + self.CODE[place + 1 :])

    def test_two_that_changed_places_are_found(self) -> None:
        for place in range(19):
            first, second = self.CODE[place], self.CODE[place + 1]
            swapped = self.CODE[:place] + second + first + self.CODE[place + 2 :]
            if first != second:
                with pytest.raises(PrintedCodeWrong):
                    CODES.read(swapped)

    @settings(max_examples=50)
    @given(st.text(max_size=60))
    def test_anything_else_is_refused_and_nothing_breaks(self, text: str) -> None:
        with pytest.raises(PrintedCodeWrong):
            CODES.read(text)

    def test_the_letters_are_no_words_and_none_looks_like_another(self) -> None:
        assert not set("AEIOU01L") & set(ALPHABET)
        assert plain_code(self.CODE) == self.CODE
        assert set(ALPHABET) <= set(string.digits + string.ascii_uppercase)
