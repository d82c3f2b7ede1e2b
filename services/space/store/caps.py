"""What operators have pulled this hour: one document each, whose version is the count.

Each pull is one update of a version that this process remembers, so two processes never give out more than
there is, and a kill loses none; only who was overtaken by another process reads.
"""

from services.kernel.clock import Clock
from services.kernel.errors import Stale
from services.kernel.outbox.aggregates import Aggregates
from services.kernel.store.documents import Collection, Documents, DuplicateKey, Index
from services.space.domain import Operator, PullCapReached, PullHour

# Longer than any broker is away: an alert that waits in its outbox goes with the document.
PULL_HOURS = Collection.of_aggregates("pull_hours", Index(keys=("begins_at",), expire_after=7 * 24 * 3600))
# As many processes and requests of one operator as may overtake one another.
_ROUNDS = 20


class CapStore:
    """Keeps `ports.Caps`."""

    def __init__(self, documents: Documents, aggregates: Aggregates, clock: Clock, *, most: int) -> None:
        self._documents = documents
        self._aggregates = aggregates
        self._clock = clock
        self._most = most
        # By hour id; of earlier hours nothing is remembered.
        self._seen: dict[str, int] = {}

    async def take(self, by: Operator) -> None:
        """Count one more in the store, before it is handed over."""
        at = self._clock.now()
        hour = PullHour.of(by, at=at)
        for _ in range(_ROUNDS):
            taken = self._seen.get(hour.hour_id, 0)
            try:
                hour.check(taken, most=self._most, at=at)
            except PullCapReached:
                await self._say(hour)
                raise
            if await self._took(hour, taken):
                self._see(hour, taken + 1)
                return
            found = await self._documents.get(PULL_HOURS, hour.hour_id)
            self._see(hour, found["version"] if found else 0)
        raise Stale(f"others were counted {_ROUNDS} times before this pull of {by.operator}")

    async def _took(self, hour: PullHour, taken: int) -> bool:
        """Whether ours is the next; it is not when another process was first."""
        if taken:
            return await self._documents.update(PULL_HOURS, hour.hour_id, version=taken, changes={})
        first = {"_id": hour.hour_id, "version": 1, "begins_at": hour.begins_at, "outbox": []}
        try:
            await self._documents.insert(PULL_HOURS, first)
        except DuplicateKey:
            return False
        return True

    async def _say(self, hour: PullHour) -> None:
        """Once, whichever process refuses first; that moves the version beyond the last pull."""
        loaded = await self._aggregates.load(hour.hour_id)
        if loaded is None or "capped_at" in loaded:
            return
        at, version = self._clock.now(), loaded["version"] + 1
        said = hour.capped(version=version, most=self._most, at=at)
        try:
            await self._aggregates.change(loaded, {"capped_at": at}, emit=[said])
        except Stale:
            return  # another process has said it, or a pull was counted: the next refusal says it

    def _see(self, hour: PullHour, taken: int) -> None:
        if self._ended(hour):
            self._seen.clear()
        self._seen[hour.hour_id] = taken

    def _ended(self, hour: PullHour) -> bool:
        """Whether what is remembered is of an earlier hour."""
        last = next(iter(self._seen), "")
        return not last.endswith(hour.hour_id.rpartition("/")[2])
