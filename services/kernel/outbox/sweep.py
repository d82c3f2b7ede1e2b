"""Law 2 after a crash: what was left in outboxes is found along `changed_at`, by whoever holds the lease."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product

from services.kernel.clock import Clock
from services.kernel.errors import Unavailable
from services.kernel.event import Entry
from services.kernel.store.documents import Collection, Document, Documents, DuplicateKey
from services.kernel.store.lease import Lease

log = logging.getLogger("yima.relay")

PAGE = 200
SWEEP_EVERY_S = 5.0
LEASE_S = 12
# Looked at twice: soon, but not before they can have left through their writer's memory; and again when
# whatever was still landing then (a database paused in the middle of a write) has landed.
GRACE = timedelta(seconds=5)
LATE = timedelta(seconds=60)
# An engine may read all that changed in a step, and make everybody wait for it: the embedded one decodes
# 1,250 documents in 30-60 ms. So a step that took long is halved and a quick one doubled; but however slow,
# each takes that share of what lies ahead.
SPAN, LEAST_SPAN, LONGEST_SPAN = timedelta(seconds=30), timedelta(seconds=1), timedelta(days=3650)
SHARES = 64
SLOW_S = 0.01
WATERMARKS = Collection(name="relay_watermarks")
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)

Waiting = tuple[Collection, str, Entry]


class Sweep:
    """`carry` publishes what is not ours.

    `is_ours`: whether this process has the entry (collection, document, id) in memory, to be published.
    """

    def __init__(
        self,
        documents: Documents,
        lease: Lease,
        clock: Clock,
        collections: Sequence[Collection],
        *,
        is_ours: Callable[[tuple[str, str, str]], bool],
        carry: Callable[[Sequence[Waiting]], Awaitable[None]],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._documents, self._lease, self._clock = documents, lease, clock
        self._collections = collections
        self._is_ours, self._carry, self._monotonic = is_ours, carry, monotonic
        self._held_at: float | None = None
        self._shares: dict[str, int] = {}
        self._spans: dict[str, timedelta] = {}

    async def forever(self) -> None:
        """Look for leftovers from time to time, if this process holds the lease."""
        while True:
            for collection, lag in product(self._collections, (GRACE, LATE)):
                try:
                    await self.once(collection, lag=lag)
                except Unavailable as error:
                    log.warning(
                        "the sweep waits", extra={"reason": error.code, "collection": collection.name}
                    )
            await asyncio.sleep(SWEEP_EVERY_S)

    async def once(self, collection: Collection, *, lag: timedelta = GRACE) -> int:
        """Publish what a crash left in this collection up to so long ago; return how many entries.

        Each of the two lags has its own watermark, so a document is looked at twice in its life.
        """
        total, name = 0, f"{collection.name}:{lag.seconds}"
        # Far through quiet times, but never from the first step on.
        self._spans[name] = min(self._spans.get(name, SPAN), SPAN)
        while await self._leads():
            found, more = await self._step(collection, lag, name)
            total += found
            if not more:
                self._shares.pop(name, None)
                break
        return total

    async def _leads(self) -> bool:
        """Whether this process holds the lease, which it renews when half of it is over."""
        now = self._monotonic()
        if self._held_at is not None and now < self._held_at + LEASE_S / 2:
            return True
        held = await self._lease.hold("relay-sweep", seconds=LEASE_S)
        self._held_at = now if held else None
        return held

    async def _step(self, collection: Collection, lag: timedelta, name: str) -> tuple[int, bool]:
        """How many entries were published, and whether there is more to look at."""
        mark = await self._documents.get(WATERMARKS, name)
        end = self._clock.now() - lag
        since = mark["until"] if mark else EPOCH
        shares = self._shares.get(name, SHARES)
        before = since + min(end - since, max(self._spans[name], (end - since) / shares))
        begun = self._monotonic()
        try:
            left = await self._documents.unpublished(collection, since=since, before=before, limit=PAGE)
        except Unavailable:
            # It may have been too much to read in the time that an operation has: ask for less.
            self._spans[name], self._shares[name] = LEAST_SPAN, shares * 2
            raise
        self._pace(name, slow=self._monotonic() - begun > SLOW_S)
        ours = [one for one in left if self._has(collection, one)]
        others = [one for one in left if one not in ours]
        found = [(collection, one["_id"], Entry(**entry)) for one in others for entry in one["outbox"]]
        if found:
            await self._carry(found)
            facts = {"collection": collection.name, "events": len(found)}
            log.info("published a crash's leftovers", extra=facts)
        # What this process has in memory is not published yet; a full page may have more behind it.
        limits = [one["changed_at"] for one in ours] + [one["changed_at"] for one in left[PAGE - 1 :]]
        until = min([before, *limits])
        if until > since:
            await self._remember(name, mark["version"] if mark else 0, until)
        return len(found), not ours and (before < end or len(left) == PAGE)

    def _has(self, collection: Collection, one: Document) -> bool:
        return any(self._is_ours((collection.name, one["_id"], entry["id"])) for entry in one["outbox"])

    def _pace(self, name: str, *, slow: bool) -> None:
        span = self._spans[name]
        self._spans[name] = max(span / 2, LEAST_SPAN) if slow else min(span * 2, LONGEST_SPAN)

    async def _remember(self, name: str, version: int, until: datetime) -> None:
        if version:
            await self._documents.update(WATERMARKS, name, version=version, changes={"until": until})
            return
        try:
            await self._documents.insert(WATERMARKS, {"_id": name, "version": 1, "until": until})
        except DuplicateKey:
            log.debug("another process was first to set the watermark")
