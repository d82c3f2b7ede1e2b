"""Codes on paper: error correction H, so that the emblem, a fold and a stain leave enough to read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO

import qrcode
from PIL import Image, ImageDraw, ImageFont
from pylopdf_fonts_zh_cn import sans_path
from qrcode.constants import ERROR_CORRECT_H

_DPI = 200
_MM = _DPI / 25.4
_QUIET = 4
# At most 4 % of the symbol's area; level H restores up to 30 % (ISO/IEC 18004, 6.5.1), creases included.
_EMBLEM_PART = 5
_EMBLEM = "一码"
_RED, _BLACK, _GREY = "#b5121b", "#000000", "#444444"
_SMALLEST_MM = 2.5
_LINE, _GAP = 1.4, 0.4
# What never begins a line of Chinese (GB/T 15834, 5.1).
_ENDS = frozenset("，。、；：！？）》」』〉】％,.;:!?)")
_POSTER_HINT = ("扫一扫，查看本单位证照公示信息", "Scan to see the public licences")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Paper:
    """Millimetres: the sheet, the code's side with its quiet zone, the margin, the size of letters."""

    width: float
    height: float
    code: float
    margin: float
    letters: float


_A4 = _Paper(width=210, height=297, code=140, margin=20, letters=11)
_A6 = _Paper(width=105, height=148, code=70, margin=8, letters=5)


class Printing:
    """Letters come from a font file that is installed with the program: no machine has to have Chinese."""

    def __init__(self) -> None:
        self._font = str(sans_path())

    def poster(self, url: str, *, name: str, form: str) -> bytes:
        """The enterprise code: title, code, whose it is, what it is for."""
        lines = [(name, _A4.letters, _BLACK), *((hint, _A4.letters * 0.6, _GREY) for hint in _POSTER_HINT)]
        return self._sheet(_A4, url, "企业码", lines, form)

    def sheet(self, url: str, *, lines: Sequence[str], form: str) -> bytes:
        """The paper code, and under it what its bearer must know."""
        return self._sheet(_A6, url, "纸质码", [(line, _A6.letters, _BLACK) for line in lines], form)

    def _sheet(
        self, paper: _Paper, url: str, title: str, lines: Sequence[tuple[str, float, str]], form: str
    ) -> bytes:
        sheet = Image.new("RGB", (_pixels(paper.width), _pixels(paper.height)), "white")
        draw = ImageDraw.Draw(sheet)
        top = _pixels(paper.margin)
        top = self._line(draw, paper, top, title, paper.letters * 1.6, _RED)
        code = self._code(url, _pixels(paper.code))
        sheet.paste(code, ((sheet.width - code.width) // 2, top))
        top += code.height
        for text, letters, colour in lines:
            top = self._paragraph(draw, paper, top, text, letters, colour)
        return _saved(sheet, form)

    def _code(self, url: str, side: int) -> Image.Image:
        """As large as whole pixels for each module allow, with the emblem in the middle."""
        symbol = qrcode.QRCode(error_correction=ERROR_CORRECT_H, border=_QUIET)
        symbol.add_data(url)
        symbol.make(fit=True)
        symbol.box_size = max(1, side // (symbol.modules_count + 2 * _QUIET))
        picture = symbol.make_image().get_image().convert("RGB")
        modules = symbol.modules_count // _EMBLEM_PART
        # An odd number of modules, as the symbol has: the emblem covers whole ones.
        width = (modules - 1 + modules % 2) * symbol.box_size
        corner = (picture.width - width) // 2
        draw = ImageDraw.Draw(picture)
        box = (corner, corner, corner + width - 1, corner + width - 1)
        draw.rectangle(box, fill=_RED, outline="white", width=max(1, symbol.box_size // 3))
        font = ImageFont.truetype(self._font, int(width * 0.4))
        draw.text((picture.width // 2, picture.height // 2), _EMBLEM, "white", font, anchor="mm")
        return picture

    def _paragraph(
        self, draw: ImageDraw.ImageDraw, paper: _Paper, top: int, text: str, letters: float, colour: str
    ) -> int:
        """Broken anywhere, as Chinese is; in smaller letters when the sheet would end before the text."""
        room = _pixels(paper.height - paper.margin) - top
        rows = list(self._rows(text, paper, letters))
        while len(rows) * letters * _LINE * _MM > room and letters > _SMALLEST_MM:
            letters *= 0.8
            rows = list(self._rows(text, paper, letters))
        for row in rows:
            top = self._line(draw, paper, top, row, letters, colour)
        return top + _pixels(letters * _GAP)

    def _rows(self, text: str, paper: _Paper, letters: float) -> Iterator[str]:
        font = ImageFont.truetype(self._font, _pixels(letters))
        width, row = _pixels(paper.width - 2 * paper.margin), ""
        for character in text:
            if row and character not in _ENDS and font.getlength(row + character) > width:
                yield row
                row = ""
            row += character
        yield row

    def _line(
        self, draw: ImageDraw.ImageDraw, paper: _Paper, top: int, text: str, letters: float, colour: str
    ) -> int:
        font = ImageFont.truetype(self._font, _pixels(letters))
        draw.text((_pixels(paper.width) // 2, top), text, colour, font, anchor="ma")
        return top + _pixels(letters * _LINE)


def _pixels(millimetres: float) -> int:
    return round(millimetres * _MM)


def _saved(sheet: Image.Image, form: str) -> bytes:
    """Two colours and their shades: a palette is a tenth of the bytes."""
    file = BytesIO()
    if form == "pdf":
        sheet.save(file, "PDF", resolution=_DPI)
    else:
        sheet.quantize(32, dither=Image.Dither.NONE).save(file, "PNG", dpi=(_DPI, _DPI))
    return file.getvalue()
