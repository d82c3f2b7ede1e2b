"""A code on a screen, drawn natively: a counter's queue waits for it."""

from typing import Literal

from zint import OutputOptions, Symbol, Symbology

_LEVEL_M = 2
# zint's scale is half the pixels of a module.
_SCALE = 3.0
# ISO/IEC 18004, 6.3.8: four light modules around it.
_QUIET = 4


def on_screen(text: str, form: Literal["svg", "png"]) -> bytes:
    """Error correction M; the picture never touches a disk."""
    symbol = Symbol()
    symbol.symbology = Symbology.QRCODE
    symbol.option_1 = _LEVEL_M
    symbol.scale = _SCALE
    symbol.whitespace_width = symbol.whitespace_height = _QUIET
    symbol.show_text = False
    symbol.output_options |= OutputOptions.BARCODE_MEMORY_FILE
    symbol.outfile = f"m.{form}"
    symbol.encode(text)
    symbol.print()
    return bytes(symbol.memfile or b"")
