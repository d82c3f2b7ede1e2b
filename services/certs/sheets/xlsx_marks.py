"""The marks (XML) of an XLSX counted before anybody builds anything of them.

An element takes 30 times its text in memory, and what openpyxl makes of a style or a merged cell takes a
kilobyte and more: a few KB of file would fill the machine.  So only the marks of rows and of texts may
be many, a row and a text are of bounded width, and nothing is nested deeply.
"""

from typing import IO, NoReturn
from xml.parsers import expat

from services.certs.sheets.faults import SheetTooLarge, SheetUnreadable

MOST_ELEMENTS = 4_000_000  # of one part: some 70,000 full rows
MOST_TEXTS = 1_000_000  # shared by the cells: 15 s for openpyxl
MOST_OTHERS = 200_000  # of one part: styles, merged cells, links, names, formats of single characters
WIDEST = 16_384  # cells of a row, as in every spreadsheet program
LONGEST_STRETCH = 1024 * 1024  # bytes without a mark; a cell holds 32,767 characters
_DEEPEST = 64
_CHUNK = 65_536
_MANY = frozenset({"row", "c", "v", "f", "is", "si", "t"})


def check_marks(part: IO[bytes]) -> None:
    """Refuse what grows in memory; ExpatError where it is no XML.

    Also entities: no spreadsheet program writes a document type, and they can be declared nowhere else.
    """
    marks, parser = _Marks(), expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = marks.start
    parser.EndElementHandler = marks.end
    stretch, seen = 0, 0
    while chunk := part.read(_CHUNK):
        parser.Parse(chunk, False)  # noqa: FBT003 - expat's own
        stretch = stretch + len(chunk) if marks.elements == seen else 0
        seen = marks.elements
        if stretch > LONGEST_STRETCH:
            raise SheetTooLarge("the XLSX has a text of more than a million characters; needed a table")
    parser.Parse(b"", True)  # noqa: FBT003 - the same


def _refuse_doctype(*_: object) -> NoReturn:
    raise SheetUnreadable("the file declares XML entities, which no spreadsheet program does")


class _Marks:
    """Called millions of times: every line costs."""

    def __init__(self) -> None:
        self.elements = 0
        self._others = self._texts = self._cells = self._depth = 0
        self._in_row = False

    def start(self, name: str, _: object) -> None:
        name = name.rpartition(":")[2]
        self.elements += 1
        self._depth += 1
        if name == "c":
            self._cells += 1
        elif name == "row":
            if self._in_row:  # the cells of the outer one would not be counted
                raise SheetUnreadable("the XLSX has a row inside a row; needed a file that opens")
            self._in_row, self._cells = True, 0
        elif name == "si":
            self._texts += 1
        elif name not in _MANY:
            self._others += 1
        if self._cells > WIDEST or self._is_too_much():
            raise SheetTooLarge(
                "the XLSX has millions of cells or marks; needed a smaller one, or the same table as CSV"
            )

    def _is_too_much(self) -> bool:
        many = self.elements > MOST_ELEMENTS or self._texts > MOST_TEXTS
        return many or self._others > MOST_OTHERS or self._depth > _DEEPEST

    def end(self, name: str) -> None:
        self._depth -= 1
        if self._in_row and name.rpartition(":")[2] == "row":
            self._in_row = False
