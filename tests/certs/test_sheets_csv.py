"""CSV files as they are really met, and as somebody might make them on purpose."""

import io
import tracemalloc
from collections.abc import Iterator
from itertools import chain, repeat
from random import Random

import pytest

from services.certs.sheets import Row, RowRefused, read
from services.certs.sheets.faults import EncodingUnknown, SheetEmpty, SheetUnreadable, XlsUnsupported
from tests.certs.sheets import FORM_2018, TODAY, good, refused, results, sheet

GOOD = sheet({})
HEADINGS, ROW = GOOD.splitlines(keepends=True)


def codes(content: str | bytes) -> list[str]:
    """ "" for a good row, the only code of a refused one."""
    return [
        "+".join(one.code for one in row.faults) if isinstance(row, RowRefused) else ""
        for row in results(content)
    ]


class Lazy(io.RawIOBase):
    """A file that is written while it is read, and never stands in memory or on a disk."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while len(self._rest) < size and (piece := next(self._pieces, None)):
            self._rest += piece
        given, self._rest = self._rest[:size], self._rest[size:]
        return given


class TestEncoding:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
    def test_is_found(self, encoding: str) -> None:
        assert good(GOOD.encode(encoding)).holder_name == "郧西县天河口食品商行"

    @pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
    @pytest.mark.parametrize("shift", range(4))
    def test_is_found_where_the_head_ends_inside_a_character(self, encoding: str, shift: int) -> None:
        content = (HEADINGS + sheet({"备注": "x" * shift + "测𠮷" * 30_000}).split("\n", 1)[1] + ROW).encode(
            encoding
        )
        assert codes(content)[-1] == ""

    def test_that_is_unknown_is_refused(self) -> None:
        for content in (GOOD.encode("utf-16"), GOOD.encode("utf-16-le"), Random(1).randbytes(5_000)):
            with pytest.raises(EncodingUnknown):
                results(content)

    @pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
    def test_that_breaks_in_one_row_refuses_that_row(self, encoding: str) -> None:
        broken = ROW.encode(encoding).replace("预包装".encode(encoding), b"\xff\xff")
        content = HEADINGS.encode(encoding) + broken + ROW.encode(encoding) * 3
        assert codes(content) == ["row_encoding_broken", "", "", ""]

    def test_that_breaks_late_refuses_that_row(self) -> None:
        content = HEADINGS.encode() + ROW.encode() * 400 + ROW.encode().replace(b"JY", b"\xff") + ROW.encode()
        assert codes(content)[-3:] == ["", "row_encoding_broken", ""]

    def test_that_was_lost_by_an_earlier_program_refuses_the_row(self) -> None:
        assert refused(sheet({"许可内容": "预包装食\ufffd"})).code == "row_encoding_broken"


class TestFile:
    @pytest.mark.parametrize("content", ["", "\n\n", "\ufeff", " , ,\n,,\n"])
    def test_that_is_empty_is_refused(self, content: str) -> None:
        with pytest.raises(SheetEmpty):
            results(content)

    @pytest.mark.parametrize("name", ["permits.xls", "permits.xlsx", "permits.csv"])
    def test_of_old_excel_is_refused_whatever_its_name(self, name: str) -> None:
        with pytest.raises(XlsUnsupported):
            results(bytes.fromhex("D0CF11E0A1B11AE1") + bytes(512), name)

    @pytest.mark.parametrize(
        "start", ["<html><table>", "<table border=1>", "<?xml version='1.0'?>", "%PDF-1.7"]
    )
    def test_of_another_kind_is_refused(self, start: str) -> None:
        with pytest.raises(SheetUnreadable):
            results(start + GOOD, "permits.xls")

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_may_end_its_lines_in_any_way(self, end: str) -> None:
        rows = results((HEADINGS + ROW * 3).replace("\n", end))
        assert [row.line for row in rows] == [2, 3, 4]

    def test_may_be_parted_by_tabs(self) -> None:
        assert good(GOOD.replace(",", "\t")).warnings == ()

    def test_may_lack_the_last_line_end(self) -> None:
        assert good(GOOD.rstrip()).line == 2


class TestRecord:
    def test_may_have_line_breaks_in_quotes_and_later_lines_keep_their_numbers(self) -> None:
        rows = results(sheet({"许可内容": "热食\n冷食\r\n糕点"}, {}))
        assert [row.line for row in rows] == [2, 5]

    def test_with_an_unclosed_quote_does_not_swallow_the_rows_below(self) -> None:
        assert codes(HEADINGS + '"' + ROW + ROW * 3) == ["row_quote_unclosed", "", "", ""]

    def test_with_an_unclosed_quote_does_not_swallow_quoted_rows(self) -> None:
        quoted = sheet({"许可内容": "热食,冷食"}).split("\n", 1)[1]
        assert codes(HEADINGS + '"' + ROW + quoted * 2 + ROW) == ["row_quote_unclosed", "", "", ""]

    def test_with_an_unclosed_quote_is_let_go_after_a_bounded_length(self) -> None:
        assert codes(HEADINGS + '"' + ROW + ROW * 2_000) == ["row_quote_unclosed", *[""] * 2_000]

    def test_with_too_few_columns_is_refused(self) -> None:
        row = refused(HEADINGS + ROW.rsplit(",", 4)[0] + "\n")
        assert (row.code, row.detail) == (
            "row_columns_missing",
            f"got {len(FORM_2018) - 4} columns; needed {len(FORM_2018)}",
        )

    def test_with_too_many_columns_is_refused_unless_they_are_empty(self) -> None:
        assert codes(HEADINGS + ROW.replace("\n", ",extra\n") + ROW.replace("\n", ",,\n")) == [
            "row_columns_extra",
            "",
        ]

    def test_with_a_control_character_is_refused(self) -> None:
        assert codes(sheet({"备注": "a\0b"}, {"备注": "\x1b[2J"}, {})) == ["row_control_character"] * 2 + [""]

    def test_of_unreasonable_length_is_refused(self) -> None:
        assert codes(sheet({"备注": "长" * 200_000}, {})) == ["row_too_long", ""]


class TestMemory:
    @pytest.mark.parametrize(
        ("start", "piece"),
        [
            (HEADINGS, ROW),
            (HEADINGS + '"', ROW),
            (HEADINGS + ROW, ",,,,,,,,,,,,,,,,,,,,\n"),
            (HEADINGS + ROW, "no line end "),
        ],
        ids=["rows", "unclosed quote", "blank lines", "one line"],
    )
    def test_stays_small_however_long_the_file_is(self, start: str, piece: str) -> None:
        block = piece.encode() * (16_384 // len(piece.encode()) + 1)
        stream = Lazy(chain([start.encode()], repeat(block, 2_500_000 // len(block))))
        tracemalloc.start()
        try:
            good_ones = sum(isinstance(row, Row) for row in read(stream, "permits.csv", today=TODAY))  # type: ignore[arg-type]
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert good_ones >= 1
        assert peak < 2_000_000
