"""What operators have pulled this hour: one document each, of which each process takes a few at a time.

Whatever is taken is written down before it is handed over, so no number of processes gives out more than
there is, and a kill gives none back. What a process took and has not used is lost to the others: near the
cap one may be refused a little early, by a 24th of it for each of them; under 48 every pull is written by
itself.
"""

import asyncio
from dataclasses import dataclass, field

from services.kernel.clock import Clock
from services.kernel.errors import Stale
from services.kernel.outbox.aggregates import Aggregates
from services.kernel.store.documents import Collection, Documents, DuplicateKey, Index
from services.space.domain import Operator, PullHour

# Longer than any broker is away: an alert that waits in its outbox goes with the document.
PULL_HOURS = Collection.of_aggregates("pull_hours", Index(keys=("begins_at",), expire_after=7 * 24 * 3600))
_PARTS = 24
# As many processes as may take from one operator's hour at the same moment.
_ROUNDS = 20


@dataclass(slots=True)
class _Held:
    """Pulls at hand, and the document as this process last saw it; version 0: not there yet."""

    left: int = 0
    taken: int = 0
    version: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class CapStore:
    """Keeps `ports.Caps`."""

    def __init__(self, documents: Documents, aggregates: Aggregates, clock: Clock, *, most: int) -> None:
        self._documents = documents
        self._aggregates = aggregates
        self._clock = clock
        self._most = most
        # By hour id; with the next hour all that was held of the last is dropped.
        self._held: dict[str, _Held] = {}

    async def take(self, by: Operator) -> None:
        """Count one more; without the database none is given that was not taken."""
        at = self._clock.now()
        hour = PullHour.of(by, at=at)
        held = self._of(hour)
        async with held.lock:
            if not held.left:
                held.left = await self._taken(hour, held)
            if not held.left:
                await self._say(hour)
                raise hour.full(most=self._most, at=at)
            held.left -= 1

    def _of(self, hour: PullHour) -> _Held:
        known = next(iter(self._held), hour.hour_id)
        if known[-len(hour.stamp) :] != hour.stamp:
            self._held.clear()
        return self._held.setdefault(hour.hour_id, _Held())

    async def _taken(self, hour: PullHour, held: _Held) -> int:
        """How many more are ours now; 0 when none is left."""
        for _ in range(_ROUNDS):
            size = min(max(self._most // _PARTS, 1), self._most - held.taken)
            if size <= 0:
                return 0
            if await self._wrote(hour, held, held.taken + size):
                held.taken, held.version = held.taken + size, held.version + 1
                return size
            found = await self._documents.get(PULL_HOURS, hour.hour_id)
            held.taken, held.version = (found["taken"], found["version"]) if found else (0, 0)
        raise Stale(f"others took {_ROUNDS} times before us from {hour.hour_id}")

    async def _wrote(self, hour: PullHour, held: _Held, taken: int) -> bool:
        """Whether the document was still as we saw it; it is not when another process was first."""
        changes = {"taken": taken}
        if held.version:
            return await self._documents.update(
                PULL_HOURS, hour.hour_id, version=held.version, changes=changes
            )
        first = {"_id": hour.hour_id, "version": 1, "begins_at": hour.begins_at, "outbox": [], **changes}
        try:
            await self._documents.insert(PULL_HOURS, first)
        except DuplicateKey:
            return False
        return True

    async def _say(self, hour: PullHour) -> None:
        """Once, whichever process refuses first."""
        loaded = await self._aggregates.load(hour.hour_id)
        if loaded is None or "capped_at" in loaded:
            return
        at = self._clock.now()
        said = hour.capped(version=loaded["version"] + 1, most=self._most, at=at)
        try:
            await self._aggregates.change(loaded, {"capped_at": at}, emit=[said])
        except Stale:
            return  # another process was first, and has said it
