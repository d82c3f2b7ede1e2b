"""Law 2: what an aggregate's outbox holds is published after the write, at least once.

The relay is fed from memory by the write itself. What a crash left behind is swept (`sweep.py`).
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence

from services.kernel.clock import Clock
from services.kernel.errors import Unavailable
from services.kernel.event import Entry, record
from services.kernel.outbox.sweep import Sweep, Waiting
from services.kernel.store.documents import Collection, Document, Documents
from services.kernel.store.lease import Lease
from services.kernel.stream.bus import Bus

log = logging.getLogger("yima.relay")

BATCH = 200
# Beyond this many entries in memory a bulk writer waits (`room`); single writes leave theirs to the sweep.
BACKLOG_LIMIT = 10_000
BACKLOG_ROOM = 1_000


_Key = tuple[str, str, str]  # collection, document, entry


class _Lane(deque[Waiting]):
    """Entries that leave in this order."""

    def __init__(self) -> None:
        super().__init__()
        self.woken = asyncio.Event()


class Relay:
    """Publishes outbox entries and takes them out; one a process."""

    def __init__(
        self, documents: Documents, bus: Bus, lease: Lease, clock: Clock, collections: Sequence[Collection]
    ) -> None:
        self._documents = documents
        self._bus = bus
        self._single, self._bulk = _Lane(), _Lane()
        self._known: dict[_Key, _Lane] = {}  # one fact may wait in two documents, under one id
        self._emptied = asyncio.Condition()
        leftovers = Sweep(
            documents, lease, clock, collections, is_ours=self._known.__contains__, carry=self._carry
        )
        self.sweep, self.sweep_forever = leftovers.once, leftovers.forever

    @property
    def backlog(self) -> int:
        """Entries known to this process and not yet acknowledged by the broker."""
        return len(self._single) + len(self._bulk)

    def wake(
        self, collection: Collection, document_id: str, entries: Sequence[Document], *, bulk: bool = False
    ) -> None:
        """Take up what was just written. `bulk`: one of many, behind which nothing else is to wait."""
        if not entries or self.backlog >= BACKLOG_LIMIT:
            return  # kept in its document: the sweep finds it
        keys = [(collection.name, document_id, one["id"]) for one in entries]
        before = [self._known[one] for one in keys if one in self._known]
        # In the lane of what the aggregate said earlier: in order (law 2).
        lane = before[0] if before else self._bulk if bulk else self._single
        for key, one in zip(keys, entries, strict=True):
            if key in self._known:
                continue  # loaded with its aggregate, and on its way already
            lane.append((collection, document_id, Entry(**one)))
            self._known[key] = lane
        lane.woken.set()

    async def room(self) -> None:
        """Return when the backlog is small: for those who write in bulk."""
        async with self._emptied:
            await self._emptied.wait_for(lambda: self.backlog < BACKLOG_ROOM)

    async def drained(self) -> None:
        """Return when all that this process knows of is published and taken out."""
        async with self._emptied:
            await self._emptied.wait_for(lambda: not self.backlog)

    async def publish_forever(self) -> None:
        """The road out. While the broker is away it waits; nothing is dropped and order is kept."""
        await asyncio.gather(self._publish(self._single), self._publish(self._bulk))

    async def _publish(self, lane: "_Lane") -> None:
        pause = 0.1
        while True:
            await lane.woken.wait()
            try:
                await self._publish_batch(lane)
                pause = 0.1
            except Unavailable as error:
                log.warning("waiting to publish", extra={"reason": error.code, "backlog": self.backlog})
                await asyncio.sleep(pause)
                pause = min(pause * 2, 2.0)

    async def _publish_batch(self, lane: "_Lane") -> None:
        batch = [lane[place] for place in range(min(BATCH, len(lane)))]
        await self._carry(batch)
        for _ in batch:
            collection, document_id, entry = lane.popleft()
            del self._known[collection.name, document_id, entry.id]
        if not lane:
            lane.woken.clear()
        async with self._emptied:
            self._emptied.notify_all()

    async def _carry(self, batch: Sequence[Waiting]) -> None:
        await self._bus.publish([record(entry) for _, _, entry in batch])
        await self._unload(batch)

    async def _unload(self, batch: Sequence[Waiting]) -> None:
        published: dict[Collection, dict[str, list[str]]] = {}
        for collection, document_id, entry in batch:
            published.setdefault(collection, {}).setdefault(document_id, []).append(entry.id)
        for collection, entries in published.items():
            await self._documents.unload(collection, entries)
