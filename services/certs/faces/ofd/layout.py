"""Where every line of a face stands: head, rows over as many pages as they take, the end with the code."""

from collections.abc import Iterable, Sequence
from itertools import zip_longest

from services.certs.faces.ofd.letters import fitted, width, wrapped
from services.certs.faces.ofd.marks import (
    BLACK,
    BLUE,
    FAINT,
    GOLD,
    INK,
    RED,
    SANS,
    SERIF,
    WHITE,
    Mark,
    Shape,
    Text,
    corners,
    rectangle,
)
from services.certs.faces.ofd.sheet import Sheet
from services.certs.faces.ofd.words import Words
from services.certs.faces.qr import code_blocks

# Of the size, from line to line.
LEADING = 1.5
# Millimetres; a point is 0.353.
_TINY, _SMALL, _NOTE, _LABEL = 2.65, 2.82, 3.2, 3.9
_NAMES = (12.0, 9.9, 8.1, 6.35, 4.9, 3.2)
_OFFICES = (4.2, 3.2, 2.4, 1.8)
# Letters and air of the rows.
_ROOMY, _DENSE = (4.6, 3.2), (4.1, 2.0)
_CODE = 36.0
_COLUMN_GAP = 4.0


class Pages:
    """Marks by page; `y` is where the next one may stand on the last page."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.made: list[list[Mark]] = [[]]
        self.y = sheet.top

    def add(self, *marks: Mark) -> None:
        self.made[-1].extend(marks)

    def make_room(self, height: float) -> None:
        """Go on at the top of a new page where there is less of it."""
        if self.y + height > self.sheet.end and self.y > self.sheet.top:
            self.made.append([])
            self.y = self.sheet.top


def laid_out(words: Words, code: str, sheet: Sheet) -> Sequence[Sequence[Mark]]:
    """At least one page; nothing of the words is left out."""
    pages = Pages(sheet)
    _head(pages, words)
    for term, value in words.rows:
        _row(pages, term, value, _ROOMY if words.roomy else _DENSE)
    _end(pages, words, code)
    for place, page in enumerate(pages.made, 1):
        page.extend(_foot(sheet, words.identifier_line, place, len(pages.made)))
    return pages.made


def _head(pages: Pages, words: Words) -> None:
    sheet, top = pages.sheet, pages.y
    pages.add(Text(x=sheet.side, top=top, size=_LABEL, words="电子证照", font=SANS, colour=RED))
    numbers = wrapped(words.number_line, _SMALL, sheet.room * 0.6)
    for y, line in _lines(numbers, _SMALL, top):
        x = sheet.width - sheet.side - width(line, _SMALL)
        pages.add(*_line(x, y, _SMALL, line, font=SANS, colour=FAINT))
    pages.y += max(_LABEL, len(numbers) * _SMALL) * LEADING + sheet.air + 2
    size = fitted(words.name, _NAMES, sheet.room, 2)
    name = wrapped(words.name, size, sheet.room)
    for y, line in _lines(name, size, pages.y):
        pages.add(*_line((sheet.width - width(line, size)) / 2, y, size, line, colour=RED))
    pages.y += len(name) * size * LEADING
    pages.add(_rule((sheet.width - 46) / 2, pages.y + 1, 46, GOLD, 0.3))
    pages.y += 3 + sheet.air / 2
    if words.warning:
        _warn(pages, words.warning)


def _warn(pages: Pages, warning: str) -> None:
    sheet, lines = pages.sheet, wrapped(warning, _LABEL, pages.sheet.room - 6)
    high = len(lines) * _LABEL * LEADING + 4
    pages.add(rectangle((sheet.side, pages.y, sheet.room, high), fill=RED))
    for y, line in _lines(lines, _LABEL, pages.y + 2.5):
        x = (sheet.width - width(line, _LABEL)) / 2
        pages.add(*_line(x, y, _LABEL, line, font=SANS, colour=WHITE))
    pages.y += high + 2


def _row(pages: Pages, term: str, value: str, look: tuple[float, float]) -> None:
    """Term and value side by side, line by line, so that a long one goes on on the next page."""
    (size, air), sheet = look, pages.sheet
    left = sheet.side + sheet.term + 3
    terms = wrapped(term, size, sheet.term - 1)
    values = wrapped(value, size, sheet.width - sheet.side - left)
    pages.make_room(2 * air + size * LEADING)
    pages.y += air
    for of_term, of_value in zip_longest(terms, values, fillvalue=""):
        pages.make_room(size * LEADING)
        pages.add(*_line(sheet.side + 1, pages.y, size, of_term, font=SANS, colour=FAINT))
        pages.add(*_line(left, pages.y, size, of_value))
        pages.y += size * LEADING
    pages.y += air
    pages.add(_rule(sheet.side, pages.y - 0.5, sheet.room, GOLD, 0.18, dashes=(0.6, 0.6)))


def _end(pages: Pages, words: Words, code: str) -> None:
    """Together on one page, at its foot."""
    sheet = pages.sheet
    missing = wrapped(words.missing, _TINY, sheet.room) if words.missing else []
    note = wrapped(f"加注件　{words.marking}", _NOTE, sheet.room - 6) if words.marking else []
    note_high = len(note) * _NOTE * LEADING + 5 if note else 0.0
    high = len(missing) * _TINY * LEADING + note_high + 3 + _CODE
    pages.make_room(high)
    y = max(sheet.end - high, pages.y)
    for top, line in _lines(missing, _TINY, y):
        pages.add(*_line(sheet.side, top, _TINY, line, font=SANS, colour=FAINT))
    y += len(missing) * _TINY * LEADING
    if note:
        pages.add(rectangle((sheet.side, y, sheet.room, note_high - 2), stroke=BLUE, thick=0.3))
        for top, line in _lines(note, _NOTE, y + 1.8):
            pages.add(*_line(sheet.side + 3, top, _NOTE, line, font=SANS, colour=BLUE))
    pages.add(*_code(sheet.side, sheet.end - _CODE, code))
    _beside_the_code(pages, words)


def _beside_the_code(pages: Pages, words: Words) -> None:
    sheet = pages.sheet
    left = sheet.side + _CODE + _COLUMN_GAP
    room = (sheet.width - sheet.side - left) / 2 - _COLUMN_GAP
    said = [line for text in words.code_lines for line in wrapped(text, _SMALL, room)]
    for top, line in _lines(said, _SMALL, sheet.end - len(said) * _SMALL * LEADING):
        pages.add(*_line(left, top, _SMALL, line, font=SANS, colour=FAINT))
    office = fitted(words.authority, _OFFICES, room + _COLUMN_GAP, 4)
    lines = [(office, SERIF, INK, line) for line in wrapped(words.authority, office, room + _COLUMN_GAP)]
    lines.append((min(office, _OFFICES[0]), SERIF, INK, words.issued))
    lines += [(_TINY, SANS, FAINT, line) for line in wrapped(words.promise, _TINY, room + _COLUMN_GAP)]
    y = sheet.end - sum(size * LEADING for size, *_ in lines)
    for size, font, colour, line in lines:
        x = sheet.width - sheet.side - width(line, size)
        pages.add(*_line(x, y, size, line, font=font, colour=colour))
        y += size * LEADING


def _code(x: float, top: float, code: str) -> Iterable[Mark]:
    side, blocks = code_blocks(code)
    yield rectangle((x, top, _CODE, _CODE), fill=WHITE, stroke=GOLD, thick=0.18)
    yield Shape(
        box=(x, top, _CODE, _CODE),
        outlines=[[(bx + px, by + py) for px, py in corners((w, h))] for bx, by, w, h in blocks],
        fill=BLACK,
        scale=_CODE / side,
    )


def _foot(sheet: Sheet, identifier: str, place: int, of: int) -> Iterable[Mark]:
    counted = f"第 {place} 页，共 {of} 页" if of > 1 else ""
    x, y = sheet.width - sheet.side - width(counted, _TINY), sheet.end + 4
    yield from _line(x, y, _TINY, counted, font=SANS, colour=FAINT)
    for top, line in _lines(wrapped(identifier, _TINY, sheet.room * 0.8), _TINY, y):
        yield from _line(sheet.side, top, _TINY, line, font=SANS, colour=FAINT)


def _lines(lines: Sequence[str], size: float, top: float) -> Iterable[tuple[float, str]]:
    return [(top + place * size * LEADING, line) for place, line in enumerate(lines)]


def _line(
    x: float, top: float, size: float, words: str, *, font: int = SERIF, colour: str = INK
) -> Iterable[Mark]:
    if words:
        yield Text(x=x, top=top, size=size, words=words, font=font, colour=colour)


def _rule(
    x: float, top: float, long: float, colour: str, thick: float, *, dashes: tuple[float, float] | None = None
) -> Mark:
    """Its box has a height, so that readers that clip show it."""
    line = [(0.0, 0.5), (long, 0.5)]
    return Shape(
        box=(x, top, long, 1), outlines=[line], closed=False, stroke=colour, thick=thick, dashes=dashes
    )
