"""The ZIP around an OFD: written in one exact form, and a stranger's read within bounds.

Nothing is compressed in ours: what a compressor makes of the same bytes differs from one build to the next.
"""

import struct
import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO
from itertools import islice

from services.certs.domain.ofd import OfdTooLarge, OfdUnreadable, OfdUnsafe

LARGEST = 20 * 1024 * 1024
ROOT = "OFD.xml"
# The longest face that is drawn takes some eight hundred pages.
MOST_ENTRIES = 2_000
_MOST_UNPACKED = 200 * 1024 * 1024
_CENTRAL = b"PK\x01\x02"
_NEEDED, _MIDNIGHT, _FIRST_DAY = 20, 0, 33  # version 2.0; 1980-01-01, as ZIP counts
_ENCRYPTED = 0x1
# zipfile has no list of what it raises for a broken file: each was met or read.
_BROKEN = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError, OSError),
    *(NotImplementedError, OverflowError, RuntimeError, ValueError, KeyError, IndexError),
)


def packed(entries: Mapping[str, bytes]) -> bytes:
    """Names in ASCII, in the order given (APPNOTE.TXT 4.3); the same bytes from every Python."""
    local, central = bytearray(), bytearray()
    for name, content in entries.items():
        told = name.encode("ascii")
        common = struct.pack(
            "<HHHHHIIIHH",
            *(_NEEDED, 0, 0, _MIDNIGHT, _FIRST_DAY),
            *(zlib.crc32(content), len(content), len(content), len(told), 0),
        )
        central += _CENTRAL + struct.pack("<H", _NEEDED) + common
        central += struct.pack("<HHHII", 0, 0, 0, 0, len(local)) + told
        local += b"PK\x03\x04" + common + told + content
    count = len(entries)
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(central), len(local), 0)
    return bytes(local + central + b"PK\x05\x06" + end)


class Package:
    """A stranger's OFD, opened: its names are looked at, and nothing is unpacked yet.

    OfdTooLarge, OfdUnreadable, OfdUnsafe.
    """

    def __init__(self, content: bytes) -> None:
        if len(content) > LARGEST:
            raise OfdTooLarge(f"got {len(content)} bytes; needed at most {LARGEST}")
        if content.count(_CENTRAL) > MOST_ENTRIES:
            raise OfdUnsafe(f"got more than {MOST_ENTRIES} entries in the package")
        try:
            self._file = zipfile.ZipFile(BytesIO(content))
        except _BROKEN as error:
            raise OfdUnreadable("got something that is no ZIP package; needed an OFD") from error
        found = self._file.infolist()
        self._entries = {one.filename: one for one in found}
        if ROOT not in self._entries:
            raise OfdUnreadable(f"got a package without {ROOT}; needed an OFD")
        for one in found:
            _check(one)
        if len({name.casefold() for name in self._entries}) < len(found):
            raise OfdUnsafe("the same name stands twice in the package")
        if (total := sum(one.file_size for one in found)) > _MOST_UNPACKED:
            raise OfdUnsafe(f"got {total} bytes unpacked; needed at most {_MOST_UNPACKED}")

    def ending(self, suffix: str, most: int) -> list[str]:
        """Names, the first of them."""
        return list(islice((name for name in self._entries if name.endswith(suffix)), most))

    def read(self, name: str, longest: int) -> bytes | None:
        """None: not there, longer, or broken. No more is unpacked than `longest` and one."""
        try:
            with self._file.open(self._entries[name]) as stream:
                content = stream.read(longest + 1)
        except _BROKEN:
            return None
        return content if len(content) <= longest else None


def _check(entry: zipfile.ZipInfo) -> None:
    """What could mean something else to another reader, or leave the folder it is unpacked to."""
    name = entry.filename
    if entry.flag_bits & _ENCRYPTED:
        raise OfdUnsafe("an entry of the package is encrypted")
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise OfdUnsafe("an entry of the package is compressed in an unusual way")
    if "\\" in name or ":" in name or "\0" in name or ".." in name.split("/") or name.startswith("/"):
        raise OfdUnsafe("an entry of the package has a name that leaves it")
