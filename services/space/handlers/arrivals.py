"""Certificates as they arrive: in batches, some of them in several versions."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.kernel.clock import Clock
from services.kernel.event import Heard
from services.space.domain import REMOVED, Content, Entry, Version
from services.space.events import CertificateIssued, StatusChanged
from services.space.handlers.names import Doubts
from services.space.ports import Entries, Histories, Seals

Arrived = tuple[Entry, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """Mirrors certificates into their holders' spaces."""

    seals: Seals
    entries: Entries
    histories: Histories
    doubts: Doubts
    clock: Clock

    async def add_entries(self, batch: Sequence[Heard[CertificateIssued] | Heard[StatusChanged]]) -> None:
        """An older or repeated version changes nothing.

        What is known of the names is asked before, for what is said, and again after: whoever is written
        last, the entry or the name, is read by the other. Each version is a line of the history, also an
        older one, and before the entry: a crash in between has the event heard again.
        """
        heard = [self._arrived(one.event) for one in batch]
        lines = [Version.of(entry, content) for entry, content, _ in heard]
        arrived, _ = await asyncio.gather(
            self._named([(entry, plain) for entry, _, plain in heard]), self.histories.add(lines)
        )
        judged = await self.doubts.judged([entry for entry, _ in arrived])
        changed: set[str] = set()
        for versions in one_of_each([(one, plain) for one, (_, plain) in zip(judged, arrived, strict=True)]):
            changed |= await self.entries.advance(versions)
        latest = {one.entry_id: one for one in sorted(judged, key=lambda one: one.version)}
        # Of what was there already, and may have been cut off before its report, what counts is what is kept.
        kept = await self.entries.get_many([key for key in latest if key not in changed])
        await self.doubts.report([*(latest[key] for key in changed), *kept])

    def _arrived(self, issued: CertificateIssued | StatusChanged) -> tuple[Entry, Content, bytes]:
        plain = self.seals.open(
            issued.sealed, event_type=issued.type, holder_id=issued.holder_id, version=issued.version
        )
        content = Content.read(plain)
        name_hash = self.doubts.hash_name(issued.holder_id, content.holder_name)
        at, arrival = self.clock.now(), self.clock.new_id()
        entry = Entry.of(issued, content, at=at, arrival=arrival, name_hash=name_hash)
        return entry, content, content.bare() if entry.state == REMOVED else plain

    async def _named(self, arrived: Sequence[Arrived]) -> Sequence[Arrived]:
        """A removal says no name: who was never shown what is removed is not told of the removal either."""
        gone = {entry.entry_id for entry, _ in arrived if entry.state == REMOVED}
        if not gone:
            return arrived
        before = {one.entry_id: one for one in await self.entries.get_many(sorted(gone))}
        before |= {entry.entry_id: entry for entry, _ in arrived if entry.state != REMOVED}
        return [
            (entry.removed(before.get(entry.entry_id)) if entry.state == REMOVED else entry, plain)
            for entry, plain in arrived
        ]


def one_of_each(arrived: Sequence[Arrived]) -> Iterator[list[Arrived]]:
    """Unordered bulks that end as the events one by one would: growing versions of one entry, one a bulk."""
    bulks: list[list[Arrived]] = []
    reached: dict[str, tuple[int, int]] = {}
    for entry, plain in arrived:
        version, place = reached.get(entry.entry_id, (0, 0))
        if entry.version > version:
            bulks += [[] for _ in range(place + 1 - len(bulks))]
            bulks[place].append((entry, plain))
            reached[entry.entry_id] = (entry.version, place + 1)
    yield from bulks
