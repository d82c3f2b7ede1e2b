"""How wide a letter is and where a line ends, decided here, as an OFD states the place of every letter.

Widths are those of the fonts that readers have (宋体, 黑体): a Chinese letter is square, a Latin half of it.
"""

import unicodedata
from collections.abc import Iterator

from services.certs.faces.plain import BREAK

_FIRST_WIDE = 0x2010
# GB 2312 has these as full letters among the narrow ones of Unicode.
_WIDE_SIGNS = frozenset(map(ord, "§¨°±·×÷"))
_MARKS = {"Mn", "Me"}
# May not begin a line (GB/T 15834, 5.1): one of them may stand beyond its end.
_CLOSING = frozenset("，。、；：？！）》〉」』】〕”’…·")
_LONGEST_WORD = 24


def halves(one: str) -> int:
    """Its width in halves of the size."""
    code = ord(one)
    if code < 0x300:  # noqa: PLR2004 - the first mark that stands on a letter
        return 2 if code in _WIDE_SIGNS else 1
    if unicodedata.category(one) in _MARKS:
        return 0
    return 2 if code >= _FIRST_WIDE or 0x391 <= code <= 0x451 else 1  # noqa: PLR2004 - Greek and Cyrillic


def width(text: str, size: float) -> float:
    return sum(map(halves, text)) * size / 2


def wrapped(text: str, size: float, room: float) -> list[str]:
    """Lines that fit in `room`; at least one. Every character but blanks at a line's end is kept."""
    most = max(int(2 * room / size), 2)
    return [line for part in text.replace(BREAK, "").split("\n") for line in _lines(part, most)] or [""]


def fitted(text: str, sizes: tuple[float, ...], room: float, lines: int) -> float:
    """The largest of the sizes at which it stands on so many lines, else the smallest."""
    return next((size for size in sizes if len(wrapped(text, size, room)) <= lines), sizes[-1])


def _lines(text: str, most: int) -> Iterator[str]:
    begin = used = 0
    for place, one in enumerate(text):
        used += halves(one)
        if used > most and one not in _CLOSING and place > begin and halves(one):
            end = _word_begins(text, begin, place)
            yield text[begin:end].strip()
            begin, used = end, sum(map(halves, text[end : place + 1]))
        elif used > most + 2:
            yield text[begin:place].strip()
            begin, used = place, halves(one)
    if text[begin:].strip():
        yield text[begin:].strip()


def _word_begins(text: str, begin: int, place: int) -> int:
    """Where the word begins that would be cut at `place`; there, if it is longer than any known."""
    start = place
    while start > begin and place - start <= _LONGEST_WORD and _of_a_word(text[start - 1 : start + 1]):
        start -= 1
    return start if begin < start and place - start <= _LONGEST_WORD else place


def _of_a_word(pair: str) -> bool:
    return pair.isascii() and not any(one.isspace() for one in pair)
