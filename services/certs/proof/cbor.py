"""CBOR (RFC 8949) read strictly, as far as a signed status list needs it.

By hand and not with `cbor2`: that takes a name that stands twice, and makes of tags whatever their writer
likes, before any signature was checked. Lengths are known beforehand, names are integers or texts, and no tag
stands anywhere.
"""

import struct
from collections.abc import Mapping, Sequence

Item = int | float | bool | str | bytes | None | Sequence["Item"] | Mapping[int | str, "Item"]

_DEEPEST = 8
_MAP, _TAG = 5, 6
_ARGUMENTS = {24: 1, 25: 2, 26: 4, 27: 8}
_FLOATS = {25: ">e", 26: ">f", 27: ">d"}
_SIMPLE: Mapping[int, bool | None] = {20: False, 21: True, 22: None, 23: None}
_LARGEST_DIRECT = 23


class NotCbor(Exception):
    """Not what is read here."""


def read(data: bytes) -> Item:
    """One item and nothing after it; NotCbor."""
    reader = _Reader(data)
    item = reader.item(_DEEPEST)
    if reader.at != len(data):
        raise NotCbor(f"{len(data) - reader.at} bytes after the end")
    return item


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def item(self, depth: int) -> Item:
        """RFC 8949, 3: three bits of kind, five of what follows."""
        if not depth:
            raise NotCbor(f"deeper than {_DEEPEST}")
        first = self._take(1)[0]
        kind, more = first >> 5, first & 0x1F
        match kind:
            case 0 | 1:
                number = self._argument(more)
                return -1 - number if kind else number
            case 2:
                return self._take(self._argument(more))
            case 3:
                return self._text(more)
            case 4 | 5:
                return self._map(more, depth) if kind == _MAP else self._array(more, depth)
            case _:
                return self._simple(kind, more)

    def _array(self, more: int, depth: int) -> Sequence[Item]:
        return [self.item(depth - 1) for _ in range(self._argument(more))]

    def _map(self, more: int, depth: int) -> Mapping[int | str, Item]:
        found: dict[int | str, Item] = {}
        for _ in range(self._argument(more)):
            name = self.item(depth - 1)
            if isinstance(name, bool) or not isinstance(name, int | str):
                raise NotCbor("a name is an integer or a text")
            if name in found:
                raise NotCbor("a name stands twice")
            found[name] = self.item(depth - 1)
        return found

    def _text(self, more: int) -> str:
        try:
            return self._take(self._argument(more)).decode()
        except UnicodeDecodeError as error:
            raise NotCbor("a text is no UTF-8") from error

    def _simple(self, kind: int, more: int) -> Item:
        if kind == _TAG:
            raise NotCbor("a tag")
        if more in _SIMPLE:
            return _SIMPLE[more]
        if more not in _FLOATS:
            raise NotCbor("a simple value that has no meaning here")
        (number,) = struct.unpack(_FLOATS[more], self._take(_ARGUMENTS[more]))
        return float(number)

    def _argument(self, more: int) -> int:
        if more <= _LARGEST_DIRECT:
            return more
        if more not in _ARGUMENTS:
            raise NotCbor("a length that is not known beforehand")
        return int.from_bytes(self._take(_ARGUMENTS[more]))

    def _take(self, count: int) -> bytes:
        found = self.data[self.at : self.at + count]
        if len(found) != count:
            raise NotCbor("cut off")
        self.at += count
        return found
