"""What a counter gets by a grant: a match without content, and a pull. First the record, then the answer."""

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from services.kernel.clock import Clock, civil_date
from services.kernel.errors import Refusal
from services.space.domain import (
    Access,
    Answered,
    Asked,
    Attempt,
    Certificate,
    Entry,
    Found,
    Given,
    Grant,
    GrantMissing,
    GrantRejected,
    Handed,
    ItemNotYetKnown,
    NothingToPull,
    Operator,
    Use,
    answered,
    chosen,
    count,
    disclosed,
    serve,
    shown,
    uses_of,
    with_own,
)
from services.space.domain.accesses import Action
from services.space.handlers.answers import Matched, Pulled
from services.space.handlers.names import Doubts
from services.space.handlers.rights import Rights
from services.space.ports import Accesses, Caps, Credentials, Entries, Freshness, Grants, Items, Tickets
from services.space.ports.types import Types

log = logging.getLogger("yima.space")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """One async method for each thing that a counter does."""

    rights: Rights
    freshness: Freshness
    caps: Caps
    doubts: Doubts
    entries: Entries
    accesses: Accesses
    items: Items
    types: Types
    grants: Grants
    credentials: Credentials
    tickets: Tickets
    clock: Clock

    async def match(self, grant_text: str | None, asked: Asked, *, by: Operator) -> Matched:
        """Find how the item's needs are met; each look is a record of its own, and nothing is handed over."""
        grant = await self.believed(grant_text, by)
        attempt = self.attempt("match", self.clock.new_id(), grant, by)
        found = await self.unless_refused(self._found(grant, asked, by), attempt, asked)
        await self.record(attempt.matched(found.wanted))
        served = serve(found, today=self._today())
        served = with_own(served, await self.entries.brought(grant.holder_ids, served))
        exempt, to_bring = count(served)
        return Matched(
            access_id=attempt.access_id,
            item=grant.item,
            matches=found.matched(today=self._today()),
            needs=served,
            exempt=exempt,
            to_bring=to_bring,
        )

    async def pull(self, access_id: str, grant_text: str | None, asked: Asked, *, by: Operator) -> Pulled:
        """Hand over what grant and item allow. No record, no pull."""
        grant = await self.believed(grant_text, by)
        attempt = self.attempt("pull", access_id, grant, by)
        found, handed = await self.unless_refused(self._handed(grant, asked, by), attempt, asked)
        kept = await self.record(attempt.pulled(handed))
        # A repeat gets what is on record for it, as far as that is still valid, and no more.
        handed = kept.of(handed)
        if not handed:
            raise NothingToPull("this request was answered so before; ask anew under another Idempotency-Key")
        tickets = {
            one.entry.entry_id: self.tickets.sign(one.entry, kept, disclosed=disclosed(one.use, one.entry))
            for one in handed.given
        }
        return Pulled(
            access_id=access_id,
            given=handed.given,
            answers=handed.answers,
            missing=found.missing(today=self._today()),
            tickets=tickets,
        )

    async def unless_refused(self, doing: Awaitable[T], attempt: Attempt, asked: Asked) -> T:
        """Do it; a refusal is on record before it is told."""
        try:
            return await doing
        except Refusal as refusal:
            await self.record(attempt.refused(refusal.code, asked))
            raise

    async def record(self, access: Access) -> Access:
        """Keep it, and give what stands under its id."""
        return (await self.accesses.add(access)).stands_for(access)

    async def _handed(self, grant: Grant, asked: Asked, by: Operator) -> tuple[Found, Handed]:
        found = await self._found(grant, asked, by)
        pairs = chosen(found, today=self._today())
        if not pairs:
            raise NothingToPull("no valid certificate of the types asked for is in the space")
        given: list[Given] = []
        answers: list[Answered] = []
        # Counted is what there is to hand over.
        opened, _ = await asyncio.gather(
            self._opened({one.entry_id: one for _, valid in pairs for one in valid}),
            self.caps.take(grant.placed(by)),
        )
        for use, valid in pairs:
            certificates = [opened[one.entry_id] for one in valid]
            if use.form == "predicate":
                answers.append(answered(use, certificates, today=self._today()))
            else:
                given += [self._given(use, one) for one in certificates]
        return found, Handed(given=given, answers=answers)

    async def _opened(self, entries: Mapping[str, Entry]) -> Mapping[str, Certificate]:
        """In one trip; several needs may be met by one certificate."""
        contents = await self.entries.contents(list(entries.values()))
        pairs = zip(entries.items(), contents, strict=True)
        return {entry_id: Certificate(entry=one, content=said) for (entry_id, one), said in pairs}

    def _given(self, use: Use, certificate: Certificate) -> Given:
        whole, names = certificate.content.credential, disclosed(use, certificate.entry)
        part = whole if names is None else self.credentials.part(whole, names)
        return Given(use=use, certificate=certificate, credential=part)

    async def _found(self, grant: Grant, asked: Asked, by: Operator) -> Found:
        """What may be used and what of it is there, unless the grant was taken back.

        Before all else that is read: what is read later is no older than that.
        """
        allowed = grant.allows(asked, by=by)
        await self.freshness.check()
        item, families = await asyncio.gather(self.items.find(grant.item), self.types.families())
        if item is None:
            raise ItemNotYetKnown("the item of the grant is not in the registry yet")
        item.check_opens(grant)
        uses = uses_of(item, allowed, asked, families)
        codes = dict.fromkeys(code for use in uses for code in families.of(use.need.certificate_type or ""))
        _, found, known = await asyncio.gather(
            self.rights.check_stands(grant),
            self.entries.of_types(grant.holder_ids, list(codes)),
            self.doubts.names.known(grant.holder_ids),
        )
        return Found.among(
            shown(one.judged_by(known) for one in found),
            item=item,
            allowed=allowed,
            uses=uses,
            families=families,
            narrowed=asked.narrowed,
        )

    async def believed(self, grant_text: str | None, by: Operator) -> Grant:
        """Give what it says, or refuse; what is not believed is logged."""
        if not grant_text:
            raise GrantMissing("a grant is needed: the answer to a scan carries it")
        try:
            return await self.grants.read(grant_text)
        except GrantRejected as refusal:
            # What it says of a holder is not believed, so no holder's record tells of it.
            who = {"operator": by.operator, "organisation": by.organisation, "counter": by.counter}
            log.warning("a grant was refused", extra={"reason": refusal.code, **who})
            raise

    def attempt(self, action: Action, access_id: str, grant: Grant, by: Operator) -> Attempt:
        """Give what a record is made of, as of now."""
        return Attempt(
            access_id=access_id,
            action=action,
            grant=grant,
            by=grant.placed(by),
            at=self.clock.now(),
            arrival=self.clock.new_id(),
        )

    def _today(self) -> date:
        return civil_date(self.clock.now())
