"""The certificate's token inside its PDF, and the last day of an annotated copy, found without a PDF reader.

A stranger's file is not parsed: an attachment is a stream of its own in any PDF (ISO 32000-1, 7.5.7: no
stream stands in an object stream), so its dictionary is looked for as bytes, and unpacked up to a bound.
"""

import re
import zlib
from collections.abc import Iterator
from datetime import date

NAME = "certificate.sd-jwt"
# Three parts, then disclosures, each closed by a tilde (RFC 9901, 4).
_TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+~(?:[\w-]+~)*", re.ASCII)
LONGEST_TOKEN = 256 * 1024
_MARK, _STREAM = b"/EmbeddedFile", b"stream"
_LONGEST_DICTIONARY = 1024
# `copy.json`: no copy has a longer one.
_END = re.compile(rb'\{"expires_on": "([0-9]{4}-[0-9]{2}-[0-9]{2})"\}')
# Of attachments that are looked into; no certificate has more than two.
_MOST = 32


def is_token(text: str) -> bool:
    """Whether it has the form of an SD-JWT; nothing is said about its signature."""
    return len(text) <= LONGEST_TOKEN and _TOKEN.fullmatch(text) is not None


def embedded_token(pdf: bytes) -> str | None:
    """The one SD-JWT among the attachments; None if there is none, or more than one to choose from.

    The token stands for itself: whoever uses it checks its own signature.
    """
    found = {text for content in _attachments(pdf) if is_token(text := content.decode("latin-1"))}
    return found.pop() if len(found) == 1 else None


def embedded_end(pdf: bytes) -> date | None:
    """The last day that the copy says to be good for; None: it says none. It is proved by the file's seal."""
    found = [end[1].decode() for content in _attachments(pdf) if (end := _END.fullmatch(content))]
    try:
        return min(map(date.fromisoformat, found), default=None)
    except ValueError:
        return None


def _attachments(pdf: bytes) -> Iterator[bytes]:
    place = -1
    for _ in range(_MOST):
        place = pdf.find(_MARK, place + 1)
        if place < 0:
            return
        begin = pdf.find(_STREAM, place, place + _LONGEST_DICTIONARY)
        if begin < 0:
            continue
        dictionary = pdf[max(place - _LONGEST_DICTIONARY, 0) : begin].rpartition(b" obj")[2]
        content = pdf[begin + len(_STREAM) : begin + len(_STREAM) + 2 * LONGEST_TOKEN]
        yield _unpacked(content, packed=b"/FlateDecode" in dictionary)


def _unpacked(content: bytes, *, packed: bool) -> bytes:
    """What follows the word `stream` and its end of line."""
    content = content.removeprefix(b"\r").removeprefix(b"\n")
    if not packed:
        return content[: max(content.find(b"endstream"), 0)].rstrip(b"\r\n")
    try:
        return zlib.decompressobj().decompress(content, LONGEST_TOKEN + 1)
    except zlib.error:
        return b""
