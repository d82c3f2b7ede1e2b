"""Disputes and requests for correction: opened and withdrawn by holders, answered by who is responsible."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from services.kernel.clock import Clock
from services.kernel.errors import Stale
from services.space.domain import Case, CaseOpenAlready, CaseUnknown, Reply, State, correction, dispute
from services.space.handlers.archive import Archive
from services.space.handlers.trail import Trail
from services.space.ports import Cases, Page

_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRoom:
    """One async method for each thing that is done with a case."""

    cases: Cases
    trail: Trail
    archive: Archive
    clock: Clock

    async def dispute(self, holder_ids: Sequence[str], access_id: str, text: str, *, case_id: str) -> Case:
        """Ask the organisation whose operator it was for an account."""
        access = await self.trail.access_of(holder_ids, access_id)
        at, arrival = self.clock.now(), self.clock.new_id()
        return await self._open(dispute(access, text, case_id=case_id, at=at, arrival=arrival))

    async def ask_correction(
        self, holder_ids: Sequence[str], entry_id: str, text: str, fields: Sequence[str], *, case_id: str
    ) -> Case:
        """Ask the authority that issued it to put it right: nobody else can."""
        entry = (await self.archive.entry_of(holder_ids, entry_id)).entry
        at, arrival = self.clock.now(), self.clock.new_id()
        return await self._open(
            correction(entry, text, tuple(fields), case_id=case_id, at=at, arrival=arrival)
        )

    async def own(self, holder_ids: Sequence[str], *, before: str | None, limit: int) -> Page[Case]:
        """List a holder's, newest first."""
        return await self.cases.page(holder_ids, before=before, limit=limit)

    async def own_one(self, holder_ids: Sequence[str], case_id: str) -> Case:
        """Show one of a holder's."""
        found = await self.cases.get(case_id)
        if found is None or found.holder_id not in holder_ids:
            raise CaseUnknown("you have no such case")
        return found

    async def withdraw(self, holder_ids: Sequence[str], case_id: str) -> Case:
        """Close it without an answer; again, it is as it was."""
        found = await self.own_one(holder_ids, case_id)
        return await self._keep(found, found.withdrawn(at=self.clock.now()))

    async def to_answer(
        self, organisation: str, state: State, *, before: str | None, limit: int
    ) -> Page[Case]:
        """List those of an organisation, newest first."""
        return await self.cases.page_for(organisation, state, before=before, limit=limit)

    async def to_answer_one(self, organisation: str, case_id: str) -> Case:
        """Show one of an organisation's; for another there is no such case."""
        found = await self.cases.get(case_id)
        if found is None or found.organisation != organisation:
            raise CaseUnknown("your organisation has no such case")
        return found

    async def answer(self, organisation: str, case_id: str, reply: Reply, text: str, *, by: str) -> Case:
        """Close it with an answer; the same answer again changes nothing."""
        found = await self.to_answer_one(organisation, case_id)
        return await self._keep(found, found.answered(reply, text, by=by, at=self.clock.now()))

    async def tell_overdue(self) -> int:
        """Say of each whose time is over that it is, once; return how many, of a bounded number."""
        now = self.clock.now()
        late = await self.cases.late(at=now, limit=_AT_ONCE)
        for one in late:
            with suppress(Stale):  # answered a moment ago, or told by another process
                await self.cases.keep(one.overdue(), at=now)
        return len(late)

    async def _open(self, case: Case) -> Case:
        found = await self.cases.open_about(case.holder_id, case.subject_id)
        if found is not None and found.case_id != case.case_id:
            raise CaseOpenAlready(f"the case {found.case_id} about it is open")
        return await self.cases.open(case)

    async def _keep(self, before: Case, after: Case) -> Case:
        if after is not before:
            await self.cases.keep(after, at=self.clock.now())
        return after
