"""What waits to become leaves: a document for each batch handed in, taken out when its leaves are there.

Not one for each event: to take such a document out costs more than the leaf itself (0.2 against 0.08 ms on
the embedded database). "Once" is kept by the leaves' unique ce_id, so a batch may come twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.kernel.clock import Clock
from services.kernel.store.documents import Collection, Documents, Index

WAITING = Collection(name="log_waiting", indexes=(Index(keys=("at",)),))
# Leaves of one document, and of one insert and one signature of the sequencer at most: 20 to 60 ms on the
# embedded database. On a busy machine the sequencer takes fewer at once.
BATCH = 250
LEAST = 10
SLOW = timedelta(milliseconds=500)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a leaf is made of; of two entries of one ce_id the first stands."""

    ce_id: str
    commitment: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Entries that were handed in together."""

    id: str
    entries: tuple[Entry, ...]


@dataclass(slots=True)
class Pace:
    """How many leaves wait for one head: fewer on a busy machine, so that one is signed each second."""

    leaves: int = BATCH

    def took(self, time: timedelta, *, leaves: int) -> None:
        """So many went under a head in this time."""
        if time > SLOW:
            self.leaves = max(self.leaves // 2, LEAST)
        elif time < SLOW / 2 and leaves == self.leaves:
            self.leaves = min(self.leaves * 2, BATCH)


class Waiting:
    """Any process hands in; the sequencer takes out."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock

    async def submit(self, entries: Sequence[Entry]) -> None:
        """When it returns, each will be a leaf, once; hand in again whatever it failed for."""
        for one in entries:
            if not one.ce_id.isprintable() or not one.ce_id:
                raise ValueError(f"{one.ce_id!r} cannot stand on a line of its own")
        for start in range(0, len(entries), BATCH):
            kept = [[one.ce_id, one.commitment] for one in entries[start : start + BATCH]]
            document = {"_id": self._clock.new_id(), "at": self._clock.now(), "entries": kept}
            await self._documents.insert(WAITING, document)

    async def before(self, moment: datetime, *, limit: int) -> list[Batch]:
        """What was handed in before then, oldest first: nothing else bounds what the engine reads."""
        found = await self._documents.find(WAITING, {}, before=("at", moment), limit=limit)
        found.sort(key=lambda one: (one["at"], one["_id"]))
        return [
            Batch(
                id=one["_id"],
                entries=tuple(Entry(ce_id=key, commitment=bytes(value)) for key, value in one["entries"]),
            )
            for one in found
        ]

    async def done(self, batch: Batch) -> None:
        """Its leaves are there."""
        await self._documents.delete(WAITING, batch.id)


def by_leaves(batches: Sequence[Batch]) -> Iterator[list[Batch]]:
    """Together as many as make about one insert."""
    together: list[Batch] = []
    for one in batches:
        if together and sum(len(each.entries) for each in [*together, one]) > BATCH:
            yield together
            together = []
        together.append(one)
    if together:
        yield together
