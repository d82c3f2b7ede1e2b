"""W3C Trace Context carried along: from an HTTP request to the events it gives rise to, and on."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_SHAPE = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_current: ContextVar[str] = ContextVar("traceparent", default="")


def traceparent() -> str:
    """The trace that this task works under, or nothing."""
    return _current.get()


def begun() -> str:
    """A new trace."""
    return f"00-{os.urandom(16).hex()}-{os.urandom(8).hex()}-01"


@contextmanager
def follow(header: str) -> Iterator[None]:
    """Work under the trace of a header; one that is missing or misshapen begins a new trace."""
    token = _current.set(header if _SHAPE.fullmatch(header) else begun())
    try:
        yield
    finally:
        _current.reset(token)
