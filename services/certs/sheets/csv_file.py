"""A CSV file to lines, in bounded memory, however long it is and whatever is wrong inside."""

import codecs
import csv
from collections import deque
from collections.abc import Iterable, Iterator
from io import IncrementalNewlineDecoder
from typing import BinaryIO

from services.certs.sheets.faults import EncodingUnknown, SheetUnreadable
from services.certs.sheets.rows import LONGEST, Line

CHUNK = 65_536  # bytes
_MOST_LINES = 500  # of one record: beyond that a quote was never closed
_ENCODINGS = ("utf-8-sig", "gb18030")
# A few broken characters leave a file in its encoding; in a wrong encoding nearly every one is broken.
_BROKEN_SHARE = 0.1
_MARKUP = (b"<html", b"<table", b"<?xml", b"<!doc", b"{", b"%pdf")


def read_csv(head: bytes, stream: BinaryIO) -> Iterator[Line]:
    """Decide the encoding from the head at once, then give one line after the other.

    Bytes that do not decode become U+FFFD: the row that holds one is refused by whoever reads it.
    """
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:8].lower().startswith(_MARKUP):
        raise SheetUnreadable("the content is markup, not a table; needed CSV or XLSX")
    encoding = _encoding(head)
    start = head.decode(encoding, errors="replace")
    delimiter = "\t" if start.count("\t") > start.count(",") else ","
    return _lines(_Source(_physical_lines(_decoded(head, stream, encoding))), delimiter)


def _encoding(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise EncodingUnknown("the text is UTF-16; needed UTF-8 or GB18030")
    for encoding in _ENCODINGS:
        text = codecs.getincrementaldecoder(encoding)("replace").decode(head)  # may end inside a character
        foreign = sum(not character.isascii() for character in text)
        odd = text.count("\ufffd") + text.count("\0")
        if odd <= _BROKEN_SHARE * (foreign + 1):
            return encoding
    raise EncodingUnknown("the text is neither UTF-8 nor GB18030")


def _decoded(head: bytes, stream: BinaryIO, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    newlines = IncrementalNewlineDecoder(decoder, translate=True)  # CR alone ends a line too
    chunk = head
    while chunk:
        yield newlines.decode(chunk)
        chunk = stream.read(CHUNK)
    yield newlines.decode(b"", final=True)


def _physical_lines(texts: Iterable[str]) -> Iterator[str]:
    """Cut at line ends only (`splitlines` knows other marks too); a line is kept to LONGEST characters."""
    pending = ""
    for text in texts:
        *whole, pending = (pending + text).split("\n")
        yield from (f"{line}\n" for line in whole)
        pending = pending[:LONGEST]
    if pending:
        yield pending


class _Source:
    """Feeds the CSV parser one record's lines, and takes them back when the record never ends."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._returned: deque[str] = deque()
        self.taken: list[str] = []
        self.number = 0  # of the first line of the record being read

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= _MOST_LINES or sum(map(len, self.taken)) > LONGEST:
            raise csv.Error("a quote is not closed")
        line = self._returned.popleft() if self._returned else next(self._lines)
        self.taken.append(line)
        return line

    def begin(self) -> None:
        """Start a new record below the one just read."""
        self.number += len(self.taken) or 1
        self.taken = []

    def give_back(self) -> None:
        """Keep the first line of the record only; the others are read again, as lines of their own."""
        self._returned.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]


def _lines(source: _Source, delimiter: str) -> Iterator[Line]:
    while True:
        source.begin()
        try:
            # Strict, so that a quote left open by one row is noticed at the first quote of a later one.
            cells = next(csv.reader(source, delimiter=delimiter, strict=True), None)
        except csv.Error:
            too_long = len(source.taken[0]) > LONGEST
            source.give_back()
            yield Line(
                source.number, (source.taken[0][:80],), "row_too_long" if too_long else "row_quote_unclosed"
            )
            continue
        if cells is None:
            return
        too_long = any(len(line) >= LONGEST for line in source.taken)
        yield Line(source.number, tuple(cells), "row_too_long" if too_long else None)
