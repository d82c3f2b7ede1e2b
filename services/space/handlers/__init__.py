"""What the space does: takes certificates in, shows them to their holder, hands them over by grant."""

import asyncio
import logging
from collections.abc import Sequence
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
    Entry,
    EntryUnknown,
    Found,
    Grant,
    GrantMissing,
    GrantRejected,
    Item,
    Mandate,
    Match,
    NothingToPull,
    Operator,
    shown,
    usable,
)
from services.space.events import GrantWithdrawn, MandateChanged, TypePublished
from services.space.handlers.answers import Matched, Pulled
from services.space.handlers.arrivals import Arrivals
from services.space.handlers.names import Doubts
from services.space.ports import Accesses, Entries, Grants, Items, KeptItem, Page, Revocations, Tickets
from services.space.ports.types import Types

__all__ = ["Arrivals", "Doubts", "Matched", "Pulled", "Space"]

_PAST_HIDDEN = 50  # rows at once, so that a space of hidden ones does not cost a read for each
log = logging.getLogger("yima.space")


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """One async method for each command and each event heard."""

    arrivals: Arrivals
    doubts: Doubts
    entries: Entries
    accesses: Accesses
    items: Items
    types: Types
    grants: Grants
    revocations: Revocations
    tickets: Tickets
    clock: Clock

    async def withdraw_grants(self, batch: Sequence[Heard[GrantWithdrawn]]) -> None:
        """From now on refuse these, whether or not they were ever seen here."""
        await self.revocations.withdraw([(one.event.grant_id, one.event.withdrawn_at) for one in batch])

    async def mirror_mandates(self, batch: Sequence[Heard[MandateChanged]]) -> None:
        """Said to both sides, and the same to both; of several versions in one batch the newest counts."""
        said = sorted((one.event for one in batch), key=lambda one: one.version)
        newest = {
            one.mandate_id: Mandate(
                mandate_id=one.mandate_id, version=one.version, state=one.state, until=one.until
            )
            for one in said
        }
        await self.revocations.advance(list(newest.values()))

    async def mirror_types(self, batch: Sequence[Heard[TypePublished]]) -> None:
        """Know a type by all its codes."""
        await self.types.advance([one.event for one in batch])

    async def check_acting(self, mandate_id: str | None) -> None:
        """Let nobody read for another under a mandate that has ended: a token lives longer."""
        mandate = await self.revocations.mandate(mandate_id) if mandate_id else None
        if mandate is not None:
            mandate.check_open(at=self.clock.now())

    async def entries_of(self, holder_ids: Sequence[str], *, before: str | None, limit: int) -> Page[Entry]:
        """Show a holder's own list, as it stands today; what is hidden leaves no gap and no empty page."""
        rows: list[Entry] = []
        following = before
        while len(rows) <= limit:
            wanted = limit + 1 - len(rows) if following == before else max(limit + 1, _PAST_HIDDEN)
            page = await self.entries.page(holder_ids, before=following, limit=wanted)
            rows += await self.doubts.shown(page.rows)
            following = page.next
            if following is None:
                break
        today = self._today()
        end = rows[limit - 1].arrival if len(rows) > limit else None
        return Page(rows=[entry.on(today) for entry in rows[:limit]], next=end)

    async def entry_of(self, holder_ids: Sequence[str], entry_id: str) -> Certificate:
        """Show one of the holder's own, with what is in it."""
        found = await self.entries.get(entry_id)
        theirs = [found] if found is not None and found.holder_id in holder_ids else []
        judged = await self.doubts.shown(theirs)
        if not judged:
            raise EntryUnknown("no such entry in your space")
        (entry,) = judged
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
        found = await self._found(grant, asked, by)
        return Matched(item=grant.item, matches=found.matched(today=self._today()))

    async def pull(self, access_id: str, grant_text: str | None, asked: Asked, *, by: Operator) -> Pulled:
        """Hand over what the grant allows: first the record, then the answer. No record, no pull."""
        grant = await self._believed(grant_text, by)
        attempt = Attempt(
            access_id=access_id,
            grant=grant,
            by=grant.placed(by),
            at=self.clock.now(),
            arrival=self.clock.new_id(),
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
        tickets = {one.entry.entry_id: self.tickets.sign(one.entry, kept) for one in certificates}
        return Pulled(access_id=access_id, certificates=certificates, missing=missing, tickets=tickets)

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
        found = await self._found(grant, asked, by)
        valid = usable(found.entries, today=self._today())
        if not valid:
            raise NothingToPull("no valid certificate of the types asked for is in the space")
        contents = await self.entries.contents(valid)
        missing = [one for one in found.matched(today=self._today()) if one.result != "have"]
        return [
            Certificate(entry=one, content=said) for one, said in zip(valid, contents, strict=True)
        ], missing

    async def _found(self, grant: Grant, asked: Asked, by: Operator) -> Found:
        """What is wanted and what of it is there, unless the grant was taken back."""
        wanted, families = grant.allows(asked, by=by), await self.types.families()
        codes = dict.fromkeys(code for one in wanted for code in families.of(one))
        withdrawn, mandate, found, known = await asyncio.gather(
            self.revocations.is_withdrawn(grant.grant_id),
            self.revocations.mandate(grant.mandate_id or ""),
            self.entries.of_types(grant.holder_ids, list(codes)),
            self.doubts.names.known(grant.holder_ids),
        )
        grant.check_stands(withdrawn=withdrawn, mandate=mandate, at=self.clock.now())
        return Found(wanted=wanted, entries=shown(one.judged_by(known) for one in found), families=families)

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

    def _today(self) -> date:
        return civil_date(self.clock.now())
