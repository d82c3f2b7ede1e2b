"""What a page is made of, as the XML of GB/T 33190: lines of text and filled or drawn shapes.

Lengths in millimetres, y downwards. Numbers are written with three decimals at most, so that the same face
gives the same bytes on any machine.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from xml.sax.saxutils import escape

from services.certs.faces.ofd.letters import halves

INK, FAINT, RED, GOLD, BLUE = "43 35 32", "122 106 92", "163 23 27", "176 138 74", "58 74 107"
WHITE, PAPER, BLACK = "255 255 255", "255 253 247", "0 0 0"
SERIF, SANS = 1, 2
OPAQUE = 255
# x, y of its upper left corner, width, height.
Box = tuple[float, float, float, float]
# Of the size: where the letters stand above their line, and how high the box around them is.
_ASCENT, BOX = 0.88, 1.25


def number(value: float) -> str:
    """Up to three decimals, without zeros that say nothing."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def numbers(*values: float) -> str:
    return " ".join(map(number, values))


@dataclass(frozen=True, slots=True)
class Turn:
    """Counter-clockwise; `sine` and `cosine` are given, for no two machines need agree on the last digit."""

    cosine: float
    sine: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One line. `x`, `top`: its upper left corner; turned, of the box around it."""

    x: float
    top: float
    size: float
    words: str
    font: int = SERIF
    colour: str = INK
    alpha: int = OPAQUE
    turn: Turn | None = None

    @property
    def width(self) -> float:
        return sum(map(halves, self.words)) * self.size / 2

    def reaches(self, width: float, height: float) -> bool:
        """Whether any of it can be on a page of that size."""
        long, high = turned_size(self.width, self.size * BOX, self.turn) if self.turn else (self.width, 0)
        return -long < self.x < width and -high < self.top < height

    def xml(self, mark_id: int) -> str:
        """Each letter has its place in the file: no reader's font moves it."""
        box = _placed(self.x, self.top, self.width, self.size * BOX, self.turn)
        fill = _colour("Fill", self.colour, self.alpha)
        code = (
            f'<ofd:TextCode X="0" Y="{number(self.size * _ASCENT)}"{self._steps()}>'
            f"{escape(self.words)}</ofd:TextCode>"
        )
        return (
            f'<ofd:TextObject ID="{mark_id}" {box} Font="{self.font}" '
            f'Size="{number(self.size)}">{fill}{code}</ofd:TextObject>'
        )

    def _steps(self) -> str:
        """`g 3 4` is `4 4 4`."""
        runs = [(step, len(list(same))) for step, same in groupby(map(halves, self.words[:-1]))]
        steps = [
            f"g {count} {number(step * self.size / 2)}" if count > 1 else number(step * self.size / 2)
            for step, count in runs
        ]
        return f' DeltaX="{" ".join(steps)}"' if steps else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Points from the corner of its box, each list of them one outline; `scale`: millimetres a unit.

    Filled if `fill` is a colour, drawn if `stroke` is one, as thick as `thick`; `dashes`: length and gap.
    """

    box: Box
    outlines: Sequence[Sequence[tuple[float, float]]]
    closed: bool = True
    fill: str | None = None
    stroke: str | None = None
    thick: float = 0
    dashes: tuple[float, float] | None = None
    alpha: int = OPAQUE
    scale: float = 1
    turn: Turn | None = None

    def xml(self, mark_id: int) -> str:
        box = _placed(*self.box, self.turn)
        if self.scale != 1:
            box += f' CTM="{self.scale:.6f} 0 0 {self.scale:.6f} 0 0"'
        style = f'Stroke="{_yes(self.stroke)}" Fill="{_yes(self.fill)}"'
        if self.stroke:
            style += f' LineWidth="{number(self.thick)}"'
        if self.dashes:
            style += f' DashPattern="{numbers(*self.dashes)}"'
        colours = _colour("Stroke", self.stroke, self.alpha) + _colour("Fill", self.fill, self.alpha)
        data = " ".join(_outline(one, closed=self.closed) for one in self.outlines)
        return (
            f'<ofd:PathObject ID="{mark_id}" {box} {style}>{colours}'
            f"<ofd:AbbreviatedData>{data}</ofd:AbbreviatedData></ofd:PathObject>"
        )


Mark = Text | Shape


def rectangle(box: Box, *, fill: str | None = None, stroke: str | None = None, thick: float = 0) -> Shape:
    """Its lines stay inside the box: readers clip what is beyond."""
    outline = corners((box[2], box[3]), inset=thick / 2)
    return Shape(box=box, outlines=[outline], fill=fill, stroke=stroke, thick=thick)


def corners(size: tuple[float, float], *, inset: float = 0) -> Sequence[tuple[float, float]]:
    right, low = size[0] - inset, size[1] - inset
    return ((inset, inset), (right, inset), (right, low), (inset, low))


def turned_size(width: float, height: float, turn: Turn) -> tuple[float, float]:
    """Of the box around a turned one."""
    return width * turn.cosine + height * turn.sine, width * turn.sine + height * turn.cosine


def _placed(x: float, top: float, width: float, height: float, turn: Turn | None) -> str:
    """Where a mark stands and, for one that is turned, how (CTM: x' = ax + cy + e, y' = bx + dy + f)."""
    if turn is None:
        return f'Boundary="{numbers(x, top, width, height)}"'
    around = turned_size(width, height, turn)
    matrix = numbers(turn.cosine, -turn.sine, turn.sine, turn.cosine, 0, width * turn.sine)
    return f'Boundary="{numbers(x, top, *around)}" CTM="{matrix}"'


def _outline(points: Iterable[tuple[float, float]], *, closed: bool) -> str:
    words = [f"{'L' if place else 'M'} {numbers(x, y)}" for place, (x, y) in enumerate(points)]
    return " ".join([*words, "C"] if closed else words)


def _colour(use: str, colour: str | None, alpha: int) -> str:
    """Readers know the alpha of a colour better than that of a mark."""
    through = "" if alpha == OPAQUE else f' Alpha="{alpha}"'
    return f'<ofd:{use}Color Value="{colour}"{through}/>' if colour else ""


def _yes(colour: str | None) -> str:
    return "true" if colour else "false"
