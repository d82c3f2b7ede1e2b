"""A file to rows: which kind of file it is, where its table begins, and what each line becomes."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain, dropwhile, islice
from typing import BinaryIO

from services.certs.sheets.approvals import read_approval
from services.certs.sheets.cells import clean
from services.certs.sheets.csv_file import CHUNK, read_csv
from services.certs.sheets.faults import SheetEmpty, SheetUnreadable, XlsUnsupported
from services.certs.sheets.headings import SEARCHED, Field, Heading, field_of, find_heading
from services.certs.sheets.record import Record
from services.certs.sheets.rows import Line, Row, RowFault, RowRefused, RowSkipped
from services.certs.sheets.xlsx_file import read_xlsx

_OLE = bytes.fromhex("D0CF11E0A1B11AE1")  # also the wrapper of an XLSX that has a password
_ZIP = b"PK"
_EXPLANATION = re.compile(r"(表格说明|填表说明|填报说明|填写说明|说明|注释?)([:：]|$)|表格说明")
_NOTE = re.compile(
    r"XK_\w+|[*＊]?(必填|选填|非必填).*|.*\d+(个)?(字符|汉字).*|(文本|日期|数字|字符)(型|格式)?"
)
_LONGEST_NOTE = 40
# Every cell of a good row is kept beside its certificate, and a CSV has as many as somebody likes.
_WIDEST = 256
_TEST = re.compile(r"测试|\*{3}")
# Control characters that no cell holds; the mark of bytes that did not decode, here or in another program.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_UNDECODED = "\ufffd"
_DETAILS = {
    "row_quote_unclosed": "the quotes of the row do not match; needed a closing one for each opening one",
    "row_too_long": "got a row of more than 65,536 characters; needed one approval a row",
    "row_encoding_broken": "got characters that a conversion lost; needed the row as the authority wrote it",
    "row_control_character": "got a control character; needed text",
}


def read(stream: BinaryIO, filename: str, *, today: date) -> Iterator[Row | RowRefused | RowSkipped]:
    """Read an approvals file (XLSX, or CSV in UTF-8 or GB18030) row by row, in bounded memory.

    What is wrong with the whole file is raised before the first row is given (faults.py); only damage in
    the middle of an XLSX shows later, as SheetUnreadable.  `today` is the civil date in China.
    """
    lines = dropwhile(_is_blank, _open(stream, filename))
    opening = list(islice(lines, SEARCHED))
    if not opening:
        raise SheetEmpty(f"{filename[-80:]!r} has no line with anything in it")
    _check_width(opening)
    heading, first = find_heading(opening)
    below = chain(opening[first:], lines)
    for line in below:
        return _rows(heading, chain([line], below), today=today)
    raise SheetEmpty(f"{filename[-80:]!r} has headings and no row below them")


def _check_width(opening: Sequence[Line]) -> None:
    """Columns that are empty do not count: spreadsheet programs write thousands of them."""
    for line in opening:
        if any(line.cells[_WIDEST:]):
            raise SheetUnreadable(f"got more than {_WIDEST} columns in line {line.number}; the table has 26")


def _open(stream: BinaryIO, filename: str) -> Iterator[Line]:
    """Tell the kind of file by its first bytes: people rename files."""
    head = b""
    while len(head) < CHUNK and (more := stream.read(CHUNK - len(head))):
        head += more
    if head.startswith(_OLE):
        raise XlsUnsupported(
            f"{filename[-80:]!r} is an .xls or has a password; needed .xlsx or CSV, without one"
        )
    return read_xlsx(head, stream) if head.startswith(_ZIP) else read_csv(head, stream)


def _is_blank(line: Line) -> bool:
    return line.fault is None and not (any(line.cells) and any(map(clean, line.cells)))


def _rows(heading: Heading, lines: Iterator[Line], *, today: date) -> Iterator[Row | RowRefused | RowSkipped]:
    blank: Line | None = None
    blanks = 0
    explaining = False
    for line in lines:
        if _is_blank(line):
            blank, blanks = blank or line, blanks + 1
            continue
        if blank:
            yield RowSkipped(line=blank.number, why="blank", rows=blanks)
            blank, blanks = None, 0
        result = _row(heading, line, today=today, explaining=explaining)
        explaining = isinstance(result, RowSkipped) and result.why == "explanation"
        yield result
    if blank:
        yield RowSkipped(line=blank.number, why="blank", rows=blanks)


def _row(heading: Heading, line: Line, *, today: date, explaining: bool) -> Row | RowRefused | RowSkipped:
    filled = [cell for cell in map(clean, filter(None, line.cells)) if cell]
    if _explains(filled, explaining=explaining):
        return RowSkipped(line=line.number, why="explanation")
    if fault := _line_fault(heading, line):
        return RowRefused(line=line.number, faults=(fault,))
    record = Record(heading, line.cells)
    name = record.written(Field.HOLDER_NAME)
    if field_of(name) is Field.HOLDER_NAME:  # joined files
        return RowSkipped(line=line.number, why="heading")
    if _TEST.search(name):
        return RowSkipped(line=line.number, why="test")
    if _broken("".join(line.cells)):
        _note_broken(record)
    row = read_approval(record, line=line.number, today=today)
    if not record.faults:
        return row
    wrong = frozenset(one for one in Field if record.is_wrong(one))
    return RowRefused(line=line.number, faults=tuple(record.faults), row=row, wrong=wrong)


def _explains(filled: list[str], *, explaining: bool) -> bool:
    """Tell notes to whoever fills in the form: a paragraph in one cell, or what each column may hold."""
    if len(filled) == 1 and (explaining or _EXPLANATION.match(filled[0])):
        return True
    notes = sum(_NOTE.fullmatch(cell) is not None for cell in filled if len(cell) <= _LONGEST_NOTE)
    return notes > 1 and notes * 2 >= len(filled)


def _line_fault(heading: Heading, line: Line) -> RowFault | None:
    """What leaves no column certain, so that no cell can be looked at."""
    got, needed = len(line.cells), len(heading.names)
    code = line.fault
    if code is None and got < needed and not line.padded:
        code = "row_columns_missing"
    if code is None and any(map(clean, filter(None, line.cells[needed:]))):
        code = "row_columns_extra"
    if code is None:
        return None
    # The mark that parts two cells can be among the characters that were lost: that is the cause, then.
    code = code if line.fault else _broken("".join(line.cells)) or code
    return RowFault("", code, _DETAILS.get(code, f"got {got} columns; needed {needed}"))


def _note_broken(record: Record) -> None:
    for column, cell in zip(record.heading.names, record.cells, strict=False):
        if broken := _broken(cell):
            record.note(RowFault(column, broken, _DETAILS[broken]))


def _broken(text: str) -> str | None:
    if _UNDECODED in text:
        return "row_encoding_broken"
    return "row_control_character" if _CONTROL.search(text) else None
