"""Who changes one certificate goes before who works through a file."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

# So that a file gets through also where somebody always waits.
PATIENCE_S = 1.0


class Turns:
    """Of one process: a database that is busy with a file answers everybody late."""

    def __init__(self) -> None:
        self._first = 0
        self._free = asyncio.Event()
        self._free.set()

    @contextmanager
    def first(self) -> Iterator[None]:
        """For one certificate: files pause meanwhile."""
        self._first += 1
        self._free.clear()
        try:
            yield
        finally:
            self._first -= 1
            if not self._first:
                self._free.set()

    async def last(self) -> None:
        """For a piece of a file: return when nobody else is at work, or after a while."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._free.wait(), PATIENCE_S)
