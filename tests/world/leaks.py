"""Looks for people where nobody must be found: as they are, turned round, encoded or plainly hashed."""

import base64
import hashlib
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import httpx

from deploy.local.actors import Platform
from services.kernel.telemetry import JsonLines

# Every needle is found by its first bytes, so that a look costs the same for one person and a thousand.
_GRAM = 6
_HASHES = [name for name in ("md5", "sha1", "sha256", "sm3") if name in hashlib.algorithms_available]


class Watchman:
    """Knows people's names, numbers and telephones."""

    def __init__(self, people: Iterable[Mapping[str, str]]) -> None:
        self._needles: dict[bytes, list[tuple[bytes, str]]] = defaultdict(list)
        for person in people:
            for what in ("name", "id_number", "phone"):
                for how, needle in _faces(person[what]):
                    self._needles[needle[:_GRAM]].append((needle, f"{what}, {how}"))

    def found(self, text: bytes) -> set[str]:
        """What of somebody is in there, and how it is written."""
        known = self._needles
        places = (at for at in range(len(text) - _GRAM + 1) if text[at : at + _GRAM] in known)
        return {
            how
            for at in places
            for needle, how in known[text[at : at + _GRAM]]
            if text.startswith(needle, at)
        }


def _faces(text: str) -> Iterator[tuple[str, bytes]]:
    raw = text.encode()
    yield "raw", raw
    yield "reversed", text[::-1].encode()
    for shift in range(3):  # wherever it stands in what was encoded
        whole = base64.b64encode(bytes(shift) + raw)
        # The characters that hold bits of a neighbour are not ours.
        inner = whole[(0, 2, 3)[shift] : (len(raw) + shift) * 8 // 6]
        yield "base64", inner
        yield "base64url", inner.translate(bytes.maketrans(b"+/", b"-_"))
    yield "escaped for JSON", text.encode("unicode_escape")
    if not text.isascii():
        yield "URL-encoded", quote(text).encode()
    for name in _HASHES:
        digest = hashlib.new(name, raw).digest()
        yield name, digest.hex().encode()
        yield f"{name}, base64", base64.b64encode(digest).rstrip(b"=")


@contextmanager
def overheard(platform: Platform) -> Iterator[list[bytes]]:
    """The address of every request, and the body of every refusal."""
    heard: list[bytes] = []
    plain = platform.call

    async def call(*args: Any, **request: Any) -> httpx.Response:
        response = await plain(*args, **request)
        heard.append(str(response.request.url).encode())
        if response.is_error:
            heard.append(response.content)
        return response

    platform.call = call  # type: ignore[method-assign]
    try:
        yield heard
    finally:
        platform.call = plain  # type: ignore[method-assign]


@contextmanager
def logged() -> Iterator[list[bytes]]:
    """What services in this process log, as their lines would read."""
    lines: list[bytes] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record).encode())

    handler, root = Keeping(), logging.getLogger()
    handler.setFormatter(JsonLines("all"))
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield lines
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
