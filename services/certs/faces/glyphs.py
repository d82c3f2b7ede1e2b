"""Which characters a font can draw: its cmap, read without a font library (OpenType 1.9, "cmap")."""

import struct
from collections.abc import Iterator
from pathlib import Path

# (platform, encoding): Windows, all of Unicode.
_FULL = (3, 10)
_GROUPS = 12


def covered(font: Path) -> frozenset[int]:
    """The code points that have a glyph; ValueError for a font without a full Unicode map."""
    content = font.read_bytes()
    return frozenset(
        code for first, last in _groups(content, _table(content)) for code in range(first, last + 1)
    )


def _table(content: bytes) -> int:
    (tables,) = struct.unpack_from(">H", content, 4)
    for place in range(12, 12 + 16 * tables, 16):
        tag, _sum, offset, _length = struct.unpack_from(">4sIII", content, place)
        if tag == b"cmap":
            return int(offset)
    raise ValueError("the font has no cmap table")


def _groups(content: bytes, cmap: int) -> Iterator[tuple[int, int]]:
    (subtables,) = struct.unpack_from(">H", content, cmap + 2)
    for place in range(cmap + 4, cmap + 4 + 8 * subtables, 8):
        platform, encoding, offset = struct.unpack_from(">HHI", content, place)
        (form,) = struct.unpack_from(">H", content, cmap + offset)
        if (platform, encoding, form) == (*_FULL, _GROUPS):
            (count,) = struct.unpack_from(">I", content, cmap + offset + 12)
            for number in range(count):
                first, last, _glyph = struct.unpack_from(">III", content, cmap + offset + 16 + 12 * number)
                yield first, last
            return
    raise ValueError("the font has no map of all of Unicode (3, 10, format 12)")
