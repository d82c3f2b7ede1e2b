"""The verification code on a face, drawn natively."""

import re

from zint import OutputOptions, Symbol, Symbology

_LEVEL_M = 2
# ISO/IEC 18004, 6.3.8: four light modules around it.
_QUIET = 4
_SIDE = re.compile(r'<svg width="(\d+)" height="\1"')
_BLOCK = re.compile(r"M(\d+) (\d+)h(\d+)v(\d+)h-\3Z")


def code_svg(text: str) -> str:
    """Error correction M; the picture never touches a disk."""
    symbol = Symbol()
    symbol.symbology = Symbology.QRCODE
    symbol.option_1 = _LEVEL_M
    symbol.whitespace_width = symbol.whitespace_height = _QUIET
    symbol.show_text = False
    symbol.output_options |= OutputOptions.BARCODE_MEMORY_FILE
    symbol.outfile = "m.svg"
    symbol.encode(text)
    symbol.print()
    return bytes(symbol.memfile or b"").decode()


def code_blocks(text: str) -> tuple[int, list[tuple[int, int, int, int]]]:
    """The same picture as its side and its dark blocks (x, y, width, height), in units of its own."""
    drawn = code_svg(text)
    side, blocks = _SIDE.search(drawn), _BLOCK.findall(drawn)
    if side is None or not blocks:
        raise ValueError("zint draws other pictures than we read; needed one path of blocks")
    return int(side[1]), [(int(x), int(y), int(width), int(height)) for x, y, width, height in blocks]
