"""The paper: frame, and what goes across every page. Both are templates of the file, drawn once."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.certs.faces.ofd.letters import width
from services.certs.faces.ofd.marks import (
    BOX,
    GOLD,
    OPAQUE,
    PAPER,
    RED,
    SANS,
    SERIF,
    Mark,
    Shape,
    Text,
    Turn,
    corners,
    rectangle,
    turned_size,
)

_LYING = "licence"
_EDGE = 9.0
_CORNER = 12.0
# 30 and 24 degrees.
_SLOPE = Turn(0.866025, 0.5)
_STAMPED = Turn(0.913545, 0.406737)
_MARK_SIZE, _APART, _GAP, _LEAST_STEP = 4.233, 36.0, 14.0, 50.0
_STAMP_SIZE = 40.0
# Pale as they are, for a reader that knows no alpha: the text stays readable.
_MARK_COLOUR, _MARK_ALPHA = "188 196 212", OPAQUE
_STAMP_COLOUR, _STAMP_ALPHA = "208 112 114", 190


@dataclass(frozen=True, slots=True)
class Sheet:
    """A4, upright or lying; the margins are those of the PDF."""

    width: float
    height: float
    term: float
    air: float

    side = 22.0
    top = 20.0
    bottom = 24.0

    @property
    def room(self) -> float:
        return self.width - 2 * self.side

    @property
    def end(self) -> float:
        return self.height - self.bottom

    def frame(self) -> Iterator[Mark]:
        wide, high = self.width - 2 * _EDGE, self.height - 2 * _EDGE
        yield rectangle((0, 0, self.width, self.height), fill=PAPER)
        for inset, colour, thick in ((0.0, GOLD, 0.18), (1.5, RED, 0.42), (3.0, GOLD, 0.12)):
            box = (_EDGE + inset, _EDGE + inset, wide - 2 * inset, high - 2 * inset)
            yield rectangle(box, stroke=colour, thick=thick)
        for x, to_right in ((_EDGE, 1), (self.width - _EDGE, -1)):
            for y, down in ((_EDGE, 1), (self.height - _EDGE, -1)):
                yield _corner(x, y, to_right, down)

    def tiled(self, words: str) -> Iterator[Mark]:
        """The use of a copy, over and over, so that no part of the page serves another use.

        It lies below the text, and below the code: a scanner has to read that.
        """
        step = max(width(words, _MARK_SIZE) + _GAP, _LEAST_STEP)
        long, high = turned_size(self.width, self.height, _SLOPE)
        for row in range(int(high / _APART) + 1):
            for column in range(-1, int(long / step) + 1):
                # From the middle of the page: along the words, and across them.
                along = (column + 0.5 + row % 2 / 2) * step - long / 2
                across = (row + 0.5) * _APART - high / 2
                x = self.width / 2 + along * _SLOPE.cosine + across * _SLOPE.sine
                y = self.height / 2 - along * _SLOPE.sine + across * _SLOPE.cosine
                mark = _turned(words, _MARK_SIZE, _SLOPE, (x, y), _MARK_ALPHA)
                if mark.reaches(self.width, self.height):
                    yield mark

    def stamped(self, word: str) -> Iterator[Mark]:
        """In large letters across every page of a certificate that is not valid."""
        middle = (self.width / 2, self.height / 2)
        yield _turned(word, _STAMP_SIZE, _STAMPED, middle, _STAMP_ALPHA)
        size = (width(word, _STAMP_SIZE) + 20, _STAMP_SIZE * BOX + 8)
        yield Shape(
            box=(*_upper_left(middle, size, _STAMPED), *size),
            outlines=[corners(size, inset=0.9)],
            stroke=_STAMP_COLOUR,
            thick=1.8,
            alpha=_STAMP_ALPHA,
            turn=_STAMPED,
        )


def _turned(words: str, size: float, turn: Turn, middle: tuple[float, float], alpha: int) -> Text:
    font, colour = (SANS, _MARK_COLOUR) if size == _MARK_SIZE else (SERIF, _STAMP_COLOUR)
    x, top = _upper_left(middle, (width(words, size), size * BOX), turn)
    return Text(x=x, top=top, size=size, words=words, font=font, colour=colour, alpha=alpha, turn=turn)


def _upper_left(middle: tuple[float, float], size: tuple[float, float], turn: Turn) -> tuple[float, float]:
    around = turned_size(*size, turn)
    return middle[0] - around[0] / 2, middle[1] - around[1] / 2


_UPRIGHT = Sheet(210.0, 297.0, 42.0, 6.0)
_WIDE = Sheet(297.0, 210.0, 46.0, 0.0)


def sheet_of(template: str) -> Sheet:
    """An unknown template is the usual one."""
    return _WIDE if template == _LYING else _UPRIGHT


def _corner(x: float, y: float, to_right: int, down: int) -> Shape:
    left, top = min(x, x + to_right * _CORNER), min(y, y + down * _CORNER)
    points = [(x, y + down * _CORNER), (x, y), (x + to_right * _CORNER, y)]
    return Shape(
        box=(left, top, _CORNER, _CORNER),
        outlines=[[(px - left, py - top) for px, py in points]],
        closed=False,
        stroke=RED,
        thick=0.5,
    )
