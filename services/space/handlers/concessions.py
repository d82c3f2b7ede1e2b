"""Concessions at a gate (一码兑现): one word by a grant, and its use counted.

First the record, then the answer.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.kernel.clock import civil_date
from services.kernel.errors import Refusal
from services.space.domain import (
    ENTITLED,
    IN_PERSON,
    RULINGS,
    USED_UP,
    Asked,
    Certificate,
    Concession,
    ConcessionUnknown,
    ConcessionUse,
    Entry,
    Facts,
    Families,
    Grant,
    Operator,
    Ruling,
    settlement_id,
    shown,
    usable,
)
from services.space.handlers.counter import Counter
from services.space.ports import Uses


@dataclass(frozen=True, slots=True, kw_only=True)
class Concessions:
    """One async method for each thing that a gate does. `rules`: by code, as the files have them."""

    rules: Mapping[str, Concession]
    counter: Counter
    uses: Uses

    def all(self) -> Sequence[Concession]:
        """List the rules by code."""
        return [self.rules[code] for code in sorted(self.rules)]

    async def check(self, code: str, grant_text: str | None, *, by: Operator) -> Ruling:
        """Answer, and count nothing; each look is a record of its own."""
        concession, grant = await self._visit(code, grant_text, by)
        access_id = self.counter.clock.new_id()
        return await self._recorded(concession, grant, by, access_id, used=False)

    async def use(self, access_id: str, code: str, grant_text: str | None, *, by: Operator) -> Ruling:
        """Answer, and count the use of a yes; a repeat gets what is on record for it."""
        concession, grant = await self._visit(code, grant_text, by)
        kept = await self.counter.accesses.find(access_id)
        if kept is not None and kept.operator == by.operator:
            kept.check_same(grant.grant_id)
            return RULINGS[kept.reason or ""]
        return await self._recorded(concession, grant, by, access_id, used=True)

    async def settle(
        self, code: str, grant_texts: Sequence[str], *, by: Operator
    ) -> Sequence[Ruling | Refusal]:
        """Count uses that a gate made while it was alone, each by itself and once."""
        self._rule(code)
        return [await self._settled(code, one, by) for one in grant_texts]

    async def _settled(self, code: str, grant_text: str, by: Operator) -> Ruling | Refusal:
        try:
            _, grant = await self._visit(code, grant_text, by)
            return await self.use(settlement_id(code, grant), code, grant_text, by=by)
        except Refusal as refusal:
            return refusal

    async def _visit(self, code: str, grant_text: str | None, by: Operator) -> tuple[Concession, Grant]:
        return self._rule(code), await self.counter.believed(grant_text, by)

    def _rule(self, code: str) -> Concession:
        if code not in self.rules:
            raise ConcessionUnknown("no such concession")
        return self.rules[code]

    async def _recorded(
        self, concession: Concession, grant: Grant, by: Operator, access_id: str, *, used: bool
    ) -> Ruling:
        """A refusal gets an id of its own: tried again under a grant that holds, the use counts."""
        counter, asked = self.counter, Asked(item=concession.item)
        refused = counter.attempt("concession", counter.clock.new_id(), grant, by)
        ruling = await counter.unless_refused(
            self._ruled(concession, grant, asked, by, used=used), refused, asked
        )
        attempt = counter.attempt("concession", access_id, grant, by)
        kept = await counter.record(attempt.judged(concession, ruling, used=used))
        return RULINGS[kept.reason or ""]

    async def _ruled(
        self, concession: Concession, grant: Grant, asked: Asked, by: Operator, *, used: bool
    ) -> Ruling:
        """Who is entitled, then how often."""
        grant.allows(asked, by=by)
        at = concession.moment(grant, now=self.counter.clock.now())
        ruling = await self._judged(concession, grant, at)
        if ruling != ENTITLED or concession.quota is None:
            return ruling
        use = ConcessionUse.of(concession.concession, grant, at=at)
        room = self.uses.claim if used else self.uses.has_room
        period = concession.quota.period(civil_date(at))
        return ruling if await room(use, concession.quota, period=period) else USED_UP

    async def _judged(self, concession: Concession, grant: Grant, at: datetime) -> Ruling:
        counter, day = self.counter, civil_date(at)
        await counter.freshness.check()  # before all else that is read
        families = await counter.types.families()
        opened = [one for one in concession.types if not _is_withheld(one, grant, families)]
        codes = dict.fromkeys(code for one in opened for code in families.of(one))
        _, found, known = await asyncio.gather(
            counter.rights.check_stands(grant),
            counter.entries.of_types(grant.holder_ids, list(codes)),
            counter.doubts.names.known(grant.holder_ids),
        )
        if concession.in_person and grant.mandate_id:
            return IN_PERSON
        theirs = shown(one.judged_by(known) for one in found)
        valid = [
            (code, entry)
            for code in opened
            for entry in usable(
                [one for one in theirs if one.certificate_type in families.of(code)], today=day
            )
        ]
        withheld = frozenset(concession.types) - frozenset(opened)
        facts = [concession.fact(code, one) for code, one in await self._opened(valid)]
        return concession.judge(Facts(facts=facts, withheld=withheld), today=day)

    async def _opened(self, valid: Sequence[tuple[str, Entry]]) -> list[tuple[str, Certificate]]:
        """In one trip, none for nothing."""
        contents = await self.counter.entries.contents([entry for _, entry in valid]) if valid else []
        return [
            (code, Certificate(entry=entry, content=content))
            for (code, entry), content in zip(valid, contents, strict=True)
        ]


def _is_withheld(certificate_type: str, grant: Grant, families: Families) -> bool:
    """The organisation may not ask for it, so nothing is looked up."""
    return set(families.of(certificate_type)).isdisjoint(grant.certificate_types)
