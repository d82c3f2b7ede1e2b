"""Gives each event its place in the log: one process at a time (law 9), and right even when there are two.

Leaves are inserted in order under their index, so those beyond the head are always the next ones without a
gap, each made by somebody who knew all before it. Whoever comes next adopts them as they are, then goes on:
no crash and no second sequencer can renumber, double or skip. The head is signed in the write that moves it,
and only on top of what was signed before: whoever can write to the database gets no changed past signed.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain

from services.kernel.clock import Clock
from services.kernel.errors import Stale, Unavailable
from services.kernel.log.audit import trust
from services.kernel.log.checkpoint import Checkpoint, note
from services.kernel.log.leaves import HEAD, HEADS, LEAVES, Head, Leaf, LogDamaged, grown, read_head, regrown
from services.kernel.log.merkle import EMPTY, fold
from services.kernel.log.tree import PAGE, Tree
from services.kernel.log.waiting import Batch, Entry, Pace, Waiting, by_leaves
from services.kernel.store.documents import Documents, DuplicateKey
from services.kernel.store.lease import Lease

log = logging.getLogger("yima.log")

LEASE = "log-sequencer"
LEASE_S = 12
RENEW_BEFORE = timedelta(seconds=8)
PAUSE_S = 0.4
# A quiet log is signed again, so that a new key soon stands under the head and a stopped log is noticed.
QUIET = timedelta(seconds=60)
# Documents read at once, and the least stretch of time that is looked at (an engine may read all of it).
BATCHES = 50
SPAN = timedelta(seconds=1)
# Another process's clock may go before ours.
AHEAD = timedelta(seconds=60)
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


class Sequencer:
    """`sign` gives the line that signs a note's text (`NoteSigner.sign`), `check` is `checkpoint.checked`.

    `origin` names the log for ever.
    """

    def __init__(
        self,
        documents: Documents,
        lease: Lease,
        clock: Clock,
        *,
        origin: str,
        sign: Callable[[bytes], str],
        check: Callable[[str], Checkpoint],
    ) -> None:
        self._documents = documents
        self._lease = lease
        self._clock = clock
        self._sign, self._check = sign, check
        self._origin = origin
        self._tree = Tree(documents)
        self._waiting = Waiting(documents, clock)
        self._seen = (0, EMPTY)
        self._held_until = self._taken = EPOCH
        self._span = SPAN
        self._pace = Pace()

    async def run_forever(self) -> None:
        """Go on without a pause while there is more to take."""
        while True:
            more = False
            try:
                more = await self._holds() and await self.step()
            except Unavailable as error:
                log.warning("the log waits", extra={"reason": error.code})
            if not more:
                await asyncio.sleep(PAUSE_S)

    async def step(self) -> bool:
        """Adopt what a crash left, take what waits, sign; return whether there may be more.

        `Stale`: another process was first; nothing is lost, and the next step goes on from there.
        """
        head = await self._adopt(await self._begun())
        now = self._clock.now()
        until = min(max(self._taken, head.taken) + self._span, now + AHEAD)
        batches = await self._waiting.before(until, limit=BATCHES)
        for together in by_leaves(batches):
            head = await self._take(head, together)
        if len(batches) < BATCHES:
            self._taken, self._span = until, self._span * 2 if until < now else SPAN
        else:
            self._span = SPAN
        if now - head.signed_at >= QUIET:
            await self._move(head, [])
        return bool(batches) or until < now

    async def _holds(self) -> bool:
        """Renewed in time, and not at every step: a renewal is a write."""
        now = self._clock.now()
        if self._held_until - now < RENEW_BEFORE:
            held = await self._lease.hold(LEASE, seconds=LEASE_S)
            self._held_until = now + timedelta(seconds=LEASE_S) if held else EPOCH
        return now < self._held_until

    async def _begun(self) -> Head:
        found = await self._documents.get(HEADS, HEAD)
        if found is not None:
            return await self._trusted(read_head(found))
        if self._seen[0] or await self._tree.leaves(0, 1):
            raise LogDamaged("there are leaves, and their head is gone")
        now = self._clock.now()
        first = Head(size=0, root=EMPTY, frontier=(), note="", signed_at=now, taken=EPOCH, version=1)
        first = replace(first, note=self._signed(first))
        try:
            await self._documents.insert(HEADS, first.document())
        except DuplicateKey as error:
            raise Stale("another process began the log") from error
        return first

    async def _trusted(self, head: Head) -> Head:
        """As this process last saw it, or signed and with all that was seen then as its beginning."""
        size, root = self._seen
        if (head.size, head.root) != self._seen:
            trust(head, self._check)
            if head.size < size or (await self._tree.roots([(0, size)])) != [root]:
                raise LogDamaged(f"the log is no longer the one whose {size} leaves were signed")
        self._seen = (head.size, head.root)
        return head

    async def _adopt(self, head: Head) -> Head:
        while leaves := _in_a_row(head.size, await self._tree.leaves(head.size, head.size + PAGE)):
            frontier = head.frontier
            for index, leaf in enumerate(leaves, start=head.size):
                frontier = regrown(frontier, index, leaf)
            head = await self._move(replace(head, frontier=frontier), leaves)
            log.info("leaves adopted", extra={"leaves": len(leaves), "size": head.size})
        return head

    async def _take(self, head: Head, batches: Sequence[Batch]) -> Head:
        """Make leaves of all that are none yet; only then are the batches taken out."""
        wanted: dict[str, Entry] = {}
        for entry in chain.from_iterable(batch.entries for batch in batches):
            wanted.setdefault(entry.ce_id, entry)
        while wanted:
            some = list(wanted.values())[: self._pace.leaves]
            head, kept = await self._append(head, some)
            rest = list(wanted)[kept:]
            known = await self._known(rest) if kept < len(some) else set()
            if kept < len(some) and not known:
                raise Stale("another process gives places too")
            wanted = {ce_id: wanted[ce_id] for ce_id in rest if ce_id not in known}
        await asyncio.gather(*(self._waiting.done(one) for one in batches))
        return head

    async def _append(self, head: Head, entries: Sequence[Entry]) -> tuple[Head, int]:
        """As many as there are before one that is known, or before somebody else's leaf."""
        frontiers, leaves, now = [head.frontier], [], self._clock.now()
        for index, one in enumerate(entries, start=head.size):
            leaf, frontier = grown(frontiers[-1], index, one.ce_id, now, one.commitment)
            leaves.append(leaf)
            frontiers.append(frontier)
        kept = await self._documents.insert_in_order(LEAVES, [one.document() for one in leaves])
        if kept:
            head = await self._move(replace(head, frontier=frontiers[kept]), leaves[:kept])
        self._pace.took(self._clock.now() - now, leaves=len(entries))
        return head, kept

    async def _known(self, ce_ids: Sequence[str]) -> set[str]:
        found = await self._documents.find(LEAVES, {"ce_id": tuple(ce_ids)}, limit=len(ce_ids))
        return {str(one["ce_id"]) for one in found}

    async def _move(self, head: Head, leaves: Sequence[Leaf]) -> Head:
        """From this version to one that covers these leaves, with its signature; `Stale` if it has moved."""
        moved = replace(
            head,
            size=head.size + len(leaves),
            root=fold(head.frontier),
            signed_at=self._clock.now(),
            taken=max(self._taken, head.taken),
            version=head.version + 1,
        )
        moved = replace(moved, note=self._signed(moved))
        changes = {name: value for name, value in moved.document().items() if name not in {"_id", "version"}}
        if not await self._documents.update(HEADS, HEAD, version=head.version, changes=changes):
            raise Stale("another process moved the head")
        self._seen = (moved.size, moved.root)
        return moved

    def _signed(self, head: Head) -> str:
        at = Checkpoint(origin=self._origin, size=head.size, root=head.root)
        return note(at, self._sign(at.text()))


def _in_a_row(index: int, leaves: Sequence[Leaf]) -> list[Leaf]:
    """Up to a gap: the engine may have read past a place before it was filled."""
    return [leaf for place, leaf in enumerate(leaves, start=index) if leaf.index == place]
