"""Law 2: what an aggregate's outbox holds is published after the write, at least once.

The relay is fed from memory by the write itself. What a crash left behind is swept along
`changed_at`, from a saved watermark, by whichever process holds the lease.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import product

from services.kernel.clock import Clock
from services.kernel.errors import Unavailable
from services.kernel.event import Entry, record
from services.kernel.store.documents import Collection, Document, Documents, DuplicateKey
from services.kernel.store.lease import Lease
from services.kernel.stream.bus import Bus

log = logging.getLogger("yima.relay")

BATCH = 200
# Beyond this many entries in memory a bulk writer waits (`room`); single writes leave theirs to the sweep.
BACKLOG_LIMIT = 10_000
BACKLOG_ROOM = 1_000
SWEEP_EVERY_S = 5.0
LEASE_S = 12
# Looked at twice: soon, but not before they can have left through their writer's memory; and again when
# whatever was still landing then (a database paused in the middle of a write) has landed.
GRACE = timedelta(seconds=5)
LATE = timedelta(seconds=60)
# An engine may read all that changed in a step: small ones where there is something to carry.
SPAN = timedelta(seconds=30)
WATERMARKS = Collection(name="relay_watermarks")
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)

Waiting = tuple[Collection, str, Entry]


class Relay:
    """Publishes outbox entries and takes them out; one a process."""

    def __init__(
        self, documents: Documents, bus: Bus, lease: Lease, clock: Clock, collections: Sequence[Collection]
    ) -> None:
        self._documents = documents
        self._bus = bus
        self._lease = lease
        self._clock = clock
        self._collections = collections
        self._waiting: deque[Waiting] = deque()
        self._known: set[str] = set()
        self._woken = asyncio.Event()
        self._emptied = asyncio.Condition()

    @property
    def backlog(self) -> int:
        """Entries known to this process and not yet acknowledged by the broker."""
        return len(self._waiting)

    def wake(self, collection: Collection, document_id: str, entries: Sequence[Document]) -> None:
        """Take up what was just written."""
        if not entries or self.backlog >= BACKLOG_LIMIT:
            return  # kept in its document: the sweep finds it
        for one in entries:
            if one["id"] in self._known:
                continue  # loaded with its aggregate, and on its way already
            self._waiting.append((collection, document_id, Entry(**one)))
            self._known.add(one["id"])
        self._woken.set()

    async def room(self) -> None:
        """Return when the backlog is small: for those who write in bulk."""
        async with self._emptied:
            await self._emptied.wait_for(lambda: self.backlog < BACKLOG_ROOM)

    async def drained(self) -> None:
        """Return when all that this process knows of is published and taken out."""
        async with self._emptied:
            await self._emptied.wait_for(lambda: not self._waiting)

    async def publish_forever(self) -> None:
        """The road out. While the broker is away it waits; nothing is dropped and order is kept."""
        pause = 0.1
        while True:
            await self._woken.wait()
            try:
                await self._publish_batch()
                pause = 0.1
            except Unavailable as error:
                log.warning("waiting to publish", extra={"reason": error.code, "backlog": self.backlog})
                await asyncio.sleep(pause)
                pause = min(pause * 2, 2.0)

    async def sweep_forever(self) -> None:
        """Look for leftovers from time to time, if this process holds the lease."""
        while True:
            try:
                for collection, lag in product(self._collections, (GRACE, LATE)):
                    await self.sweep(collection, lag=lag)
            except Unavailable as error:
                log.warning("the sweep waits", extra={"reason": error.code})
            await asyncio.sleep(SWEEP_EVERY_S)

    async def sweep(self, collection: Collection, *, lag: timedelta = GRACE) -> int:
        """Publish what a crash left in this collection up to so long ago; return how many entries.

        Each of the two lags has its own watermark, so a document is looked at twice in its life.
        """
        total, span = 0, SPAN
        while await self._lease.hold("relay-sweep", seconds=LEASE_S):
            found, more = await self._sweep_step(collection, lag, span)
            total += found
            # Far through quiet times, in small steps where there is something to carry.
            span = SPAN if found else span * 2
            if not more:
                break
        return total

    async def _sweep_step(self, collection: Collection, lag: timedelta, span: timedelta) -> tuple[int, bool]:
        """How many entries were published, and whether there is more to look at."""
        name = f"{collection.name}:{lag.seconds}"
        mark = await self._documents.get(WATERMARKS, name)
        end = self._clock.now() - lag
        since = mark["until"] if mark else EPOCH
        before = min(end, since + span)
        left = await self._documents.unpublished(collection, since=since, before=before, limit=BATCH)
        ours = [one for one in left if any(entry["id"] in self._known for entry in one["outbox"])]
        others = [one for one in left if one not in ours]
        found = [(collection, one["_id"], Entry(**entry)) for one in others for entry in one["outbox"]]
        if found:
            await self._bus.publish([record(entry) for _, _, entry in found])
            await self._unload(found)
            facts = {"collection": collection.name, "events": len(found)}
            log.info("published a crash's leftovers", extra=facts)
        # What this process has in memory is not published yet; a full page may have more behind it.
        limits = [one["changed_at"] for one in ours] + [one["changed_at"] for one in left[BATCH - 1 :]]
        until = min([before, *limits])
        if until > since:
            await self._remember(name, mark, until)
        return len(found), not ours and (before < end or len(left) == BATCH)

    async def _publish_batch(self) -> None:
        batch = [self._waiting[place] for place in range(min(BATCH, self.backlog))]
        await self._bus.publish([record(entry) for _, _, entry in batch])
        await self._unload(batch)
        for _ in batch:
            _, _, entry = self._waiting.popleft()
            self._known.discard(entry.id)
        if not self._waiting:
            self._woken.clear()
        async with self._emptied:
            self._emptied.notify_all()

    async def _unload(self, batch: Sequence[Waiting]) -> None:
        published: dict[Collection, dict[str, list[str]]] = {}
        for collection, document_id, entry in batch:
            published.setdefault(collection, {}).setdefault(document_id, []).append(entry.id)
        for collection, entries in published.items():
            await self._documents.unload(collection, entries)

    async def _remember(self, name: str, mark: Document | None, until: datetime) -> None:
        if mark:
            await self._documents.update(WATERMARKS, name, version=mark["version"], changes={"until": until})
            return
        try:
            await self._documents.insert(WATERMARKS, {"_id": name, "version": 1, "until": until})
        except DuplicateKey:
            log.debug("another process was first to set the watermark")
