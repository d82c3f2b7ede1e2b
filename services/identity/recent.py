"""What was told of holders in the last minutes, heard by every process for itself.

A token says how its holder stood when it was made, so until something is told of the holder nothing need be
read to show a code. What is heard here decides nothing at a counter: there the store is
read (design.md, law 9).
"""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from datetime import datetime, timedelta

from services.kernel.clock import Clock
from services.kernel.event import Record
from services.kernel.stream.broadcast import Ears

# Between the clocks of two processes.
_APART = timedelta(seconds=5)
_MOST = 100_000


class RecentlyTold:
    """Ears that remember of whom events of these types told, for as long as a token may live."""

    def __init__(self, ears: Ears, types: Collection[str], clock: Clock, *, kept: timedelta) -> None:
        self._ears, self._types, self._clock, self._kept = ears, types, clock, kept
        self._told: dict[str, datetime] = {}
        self._since: datetime | None = None

    async def listen(self, topics: Sequence[str]) -> AsyncIterator[Record | None]:
        """Pass on what the ears hear, and note it."""
        try:
            async for record in self._ears.listen(topics):
                self._note(record)
                yield record
        finally:
            self._since = None

    def any_of(self, holder_ids: Iterable[str], *, since: datetime | None) -> bool:
        """Whether anything was told of them since; True also where this process was not listening then."""
        if self._since is None or since is None or since < self._since + _APART:
            return True
        return any(one in self._told for one in holder_ids)

    def _note(self, record: Record | None) -> None:
        now = self._clock.now()
        if record is None or len(self._told) >= _MOST:
            # Something may have been missed, or is forgotten: tokens made from now on count.
            self._told.clear()
            self._since = now
        if record is not None and record.header("ce_type") in self._types:
            self._forget(now - self._kept)
            # Told once more, it moves to the end: the first is always the oldest.
            self._told.pop(record.key, None)
            self._told[record.key] = now

    def _forget(self, before: datetime) -> None:
        while self._told and (oldest := next(iter(self._told))) and self._told[oldest] < before:
            del self._told[oldest]
