"""The verification code on a face, drawn natively."""

from zint import OutputOptions, Symbol, Symbology

_LEVEL_M = 2
# ISO/IEC 18004, 6.3.8: four light modules around it.
_QUIET = 4


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
