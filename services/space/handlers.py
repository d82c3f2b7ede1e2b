"""What the space does: takes certificates in, shows them to their holder, hands them over by grant."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.kernel.clock import Clock, civil_date
from services.kernel.errors import Refusal
from services.kernel.event import Heard
from services.space.domain import (
    Access,
    Asked,
    Attempt,
    Certificate,
    Content,
    Entry,
    EntryUnknown,
    Grant,
    GrantMissing,
    GrantRejected,
    Item,
    Match,
    NothingToPull,
    Operator,
    match,
    usable,
)
from services.space.events import CertificateIssued
from services.space.ports import Accesses, Entries, Grants, Items, KeptItem, Page, Seals

log = logging.getLogger("yima.space")

Arrived = tuple[Entry, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """How far a space serves the item of a grant."""

    item: str
    matches: Sequence[Match]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """What is handed over, and what of the wanted is not there to be."""

    access_id: str
    certificates: Sequence[Certificate]
    missing: Sequence[Match]


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """One async method for each command and each event heard."""

    seals: Seals
    entries: Entries
    accesses: Accesses
    items: Items
    grants: Grants
    clock: Clock

    async def add_entries(self, batch: Sequence[Heard[CertificateIssued]]) -> None:
        """Mirror certificates into their holders' spaces; an older or repeated version changes nothing."""
        arrived = [self._arrived(one.event) for one in batch]
        for versions in _one_of_each(arrived):
            await self.entries.advance(versions)

    async def entries_of(self, holder_ids: Sequence[str], *, before: str | None, limit: int) -> Page[Entry]:
        """Show a holder's own list, as it stands today."""
        page = await self.entries.page(holder_ids, before=before, limit=limit)
        today = self._today()
        return Page(rows=[entry.on(today) for entry in page.rows], next=page.next)

    async def entry_of(self, holder_ids: Sequence[str], entry_id: str) -> Certificate:
        """Show one of the holder's own, with what is in it."""
        entry = await self.entries.get(entry_id)
        if entry is None or entry.holder_id not in holder_ids:
            raise EntryUnknown("no such entry in your space")
        (content,) = await self.entries.contents([entry])
        return Certificate(entry=entry.on(self._today()), content=content)

    async def accesses_of(
        self, holder_ids: Sequence[str], *, since: datetime | None, before: str | None, limit: int
    ) -> Page[Access]:
        """Show a holder who asked for what, and why."""
        return await self.accesses.page(holder_ids, since=since, before=before, limit=limit)

    async def match(self, grant_text: str | None, asked: Asked, *, by: Operator) -> Matched:
        """Find what the item needs; nothing is handed over, so nothing is put on record."""
        grant = await self._believed(grant_text, by)
        wanted = grant.allows(asked, by=by)
        entries = await self.entries.of_types(grant.holder_id, wanted)
        return Matched(item=grant.item, matches=match(wanted, entries, today=self._today()))

    async def pull(self, access_id: str, grant_text: str | None, asked: Asked, *, by: Operator) -> Pulled:
        """Hand over what the grant allows: first the record, then the answer. No record, no pull."""
        grant = await self._believed(grant_text, by)
        attempt = Attempt(
            access_id=access_id, grant=grant, by=by, at=self.clock.now(), arrival=self.clock.new_id()
        )
        try:
            certificates, missing = await self._collect(grant, asked, by)
        except Refusal as refusal:
            await self._record(attempt.refused(refusal.code, asked.certificate_types))
            raise
        kept = await self._record(attempt.pulled([one.entry for one in certificates]))
        # A repeat gets what is on record for it, as far as that is still valid, and no more.
        certificates = [one for one in certificates if one.entry.entry_id in kept.entry_ids]
        if not certificates:
            raise NothingToPull("this request was answered so before; ask anew under another Idempotency-Key")
        return Pulled(access_id=access_id, certificates=certificates, missing=missing)

    async def publish_items(self, declared: Sequence[Item]) -> None:
        """Make the registry say what is declared; an item that changed grows by one version."""
        kept = await self.items.all()
        await self.items.add([item for item in declared if item.item not in kept])
        for item in declared:
            known = kept.get(item.item)
            if known is not None and known.item != item:
                await self.items.change(item, version=known.version)

    async def registry(self) -> Sequence[KeptItem]:
        """List the items by code."""
        kept = await self.items.all()
        return [kept[code] for code in sorted(kept)]

    async def _record(self, access: Access) -> Access:
        return (await self.accesses.add(access)).stands_for(access)

    async def _collect(
        self, grant: Grant, asked: Asked, by: Operator
    ) -> tuple[Sequence[Certificate], Sequence[Match]]:
        wanted = grant.allows(asked, by=by)
        found = await self.entries.of_types(grant.holder_id, wanted)
        valid = usable(found, today=self._today())
        if not valid:
            raise NothingToPull("no valid certificate of the types asked for is in the space")
        contents = await self.entries.contents(valid)
        missing = [one for one in match(wanted, found, today=self._today()) if one.result != "have"]
        return [
            Certificate(entry=one, content=said) for one, said in zip(valid, contents, strict=True)
        ], missing

    async def _believed(self, grant_text: str | None, by: Operator) -> Grant:
        if not grant_text:
            raise GrantMissing("a grant is needed: the answer to a scan carries it")
        try:
            return await self.grants.read(grant_text)
        except GrantRejected as refusal:
            # What it says of a holder is not believed, so no holder's record tells of it.
            who = {"operator": by.operator, "organisation": by.organisation, "counter": by.counter}
            log.warning("a grant was refused", extra={"reason": refusal.code, **who})
            raise

    def _arrived(self, issued: CertificateIssued) -> Arrived:
        plain = self.seals.open(
            issued.sealed, event_type=issued.type, holder_id=issued.holder_id, version=issued.version
        )
        content = Content.read(plain)
        return Entry.of(issued, content, at=self.clock.now(), arrival=self.clock.new_id()), plain

    def _today(self) -> date:
        return civil_date(self.clock.now())


def _one_of_each(arrived: Sequence[Arrived]) -> Iterator[list[Arrived]]:
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
