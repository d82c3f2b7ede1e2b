"""The first sheet of an XLSX file to lines.  The only place that opens one."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import BinaryIO
from xml.etree.ElementTree import ParseError
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.utils.exceptions import InvalidFileException

from services.certs.sheets.faults import SheetEmpty, SheetTooLarge, SheetUnreadable
from services.certs.sheets.rows import LONGEST, Line
from services.certs.sheets.xlsx_marks import check_marks

LARGEST = 10 * 1024 * 1024  # bytes of the file
LARGEST_UNPACKED = 100 * 1024 * 1024
_MOST_PARTS = 1_000
_WIDEST = 64  # columns; the form has 26
_LAST_ROW = 1_048_576
_EXACT = 10**15  # a spreadsheet keeps 15 digits of a number
# What the parsers raise for a file that is not what it says: they have no list, so each was met or read.
_BROKEN = (
    *(BadZipFile, InvalidFileException, ParseError, expat.ExpatError, zlib.error, EOFError),
    *(
        KeyError,
        IndexError,
        ValueError,
        TypeError,
        AttributeError,
        OverflowError,
        NotImplementedError,
        RuntimeError,
    ),
)


def read_xlsx(head: bytes, stream: BinaryIO) -> Iterator[Line]:
    """Check the sizes and open the file at once, then give one row after the other."""
    content = head + stream.read(LARGEST + 1 - len(head)) if len(head) <= LARGEST else head
    if len(content) > LARGEST:
        raise SheetTooLarge("got an XLSX of more than 10 MB; needed a smaller one, or the same table as CSV")
    with _readable():
        _check_parts(content)
        workbook = load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
    if not workbook.worksheets:
        raise SheetEmpty("the file has no sheet with cells")
    if workbook.epoch == CALENDAR_MAC_1904:
        # A date without a date format is a bare number, and would be read four years off.
        raise SheetUnreadable("the file counts its dates from 1904; needed the usual date system, or CSV")
    sheet = workbook.worksheets[0]  # the second one holds penalties
    return _lines(sheet.iter_rows(max_row=_LAST_ROW, max_col=_WIDEST, values_only=True))


def _lines(rows: Iterator[tuple[object, ...]]) -> Iterator[Line]:
    number = 0
    while True:
        with _readable():
            row = next(rows, None)
        if row is None:
            return
        number += 1
        # A sheet that was once formatted to its end has a million empty rows.
        cells = tuple(map(_text, row)) if any(row) else ()
        # A text that many cells share is kept once, until somebody joins them.
        too_long = sum(map(len, cells)) > LONGEST
        yield Line(number, () if too_long else cells, "row_too_long" if too_long else None, padded=True)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return (
            value.date().isoformat() if value == datetime.combine(value, datetime.min.time()) else str(value)
        )
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float) and abs(value) >= _EXACT:
        # The digits beyond are not the ones that were typed. Decimal, for numbers that no float holds.
        return f"{Decimal(value):.14E}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _check_parts(content: bytes) -> None:
    """Refuse a bomb before it is opened: `zipfile` gives out no more bytes than the directory promises."""
    with ZipFile(BytesIO(content)) as parts:
        entries = parts.infolist()
        if len(entries) > _MOST_PARTS or sum(entry.file_size for entry in entries) > LARGEST_UNPACKED:
            raise SheetTooLarge(
                "the XLSX unpacks to more than 100 MB; needed a smaller one, or the same table as CSV"
            )
        if "xl/workbook.xml" not in parts.namelist():
            raise SheetUnreadable("the file is a ZIP archive without a workbook; needed CSV or XLSX")
        if any(entry.compress_type not in {ZIP_STORED, ZIP_DEFLATED} for entry in entries):
            # `zipfile` unpacks the others without a bound: 4 KB of bzip2 become gigabytes in one step.
            raise SheetUnreadable("the XLSX is packed in a way that no spreadsheet program uses")
        for entry in entries:
            # A part of any name can be the sheet, so each is looked at; only these have to be XML.
            named_xml = entry.filename.endswith((".xml", ".rels"))
            with parts.open(entry) as part, nullcontext() if named_xml else suppress(expat.ExpatError):
                check_marks(part)


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        raise SheetUnreadable(
            f"the XLSX is damaged ({type(error).__name__}); needed a file that opens"
        ) from error
