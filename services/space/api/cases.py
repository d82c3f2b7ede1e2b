"""Disputes and requests for correction: the holder's side, and that of who has to answer."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from services.kernel.keys.tokens import Caller
from services.kernel.web.guard import Guard
from services.kernel.web.idempotency import RequestKeys, made_id
from services.space.api.callers import Reading, holders, who_answers
from services.space.api.shapes import Arrival, FieldName, Limit, Shown
from services.space.domain import Case, Reply, State
from services.space.handlers import CaseRoom, Space

Text = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]


class Said(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Dispute(Said):
    """In the holder's words."""

    reason: Text


class Correction(Said):
    """`fields`: the names of those that are wrong, as the entry has them; none: all of it."""

    reason: Text
    fields: Annotated[tuple[FieldName, ...], Field(max_length=50)] = ()


class Answer(Said):
    """`outcome`: whether the holder is right; `answered` where the question was another."""

    outcome: Reply
    answer: Text


class CaseShown(Shown):
    """`text`, `answer` empty: erased with their holder. `overdue`: by the clock of this moment."""

    case_id: str
    kind: Literal["dispute", "correction"]
    subject_id: str
    organisation: str
    state: State
    overdue: bool
    opened_at: datetime
    due_at: datetime
    closed_at: datetime | None
    text: str
    fields: list[str]
    answer: str


class CasePage(Shown):
    cases: list[CaseShown]
    next: str | None


def cases_router(space: Space, guard: Guard, keys: RequestKeys) -> APIRouter:
    """Put together the addresses under `/v1`."""
    router, room = APIRouter(prefix="/v1", tags=["cases"]), space.cases
    resident = holders(space, guard)
    _opening(router, room, resident, keys)
    _own(router, room, resident)
    _answering(router, room, who_answers(guard))
    return router


def _opening(router: APIRouter, room: CaseRoom, resident: Reading, keys: RequestKeys) -> None:
    holder, made = Depends(resident), Depends(made_id(keys, resident))

    @router.post("/accesses/{access_id}/disputes")
    async def dispute(
        access_id: str, said: Dispute, caller: Annotated[Caller, holder], case_id: Annotated[str, made]
    ) -> CaseShown:
        """Dispute an access: the organisation whose operator it was has 15 days to answer."""
        opened = await room.dispute(caller.holder_ids, access_id, said.reason, case_id=case_id)
        return _shown(room, opened)

    @router.post("/entries/{entry_id}/corrections")
    async def correct(
        entry_id: str, said: Correction, caller: Annotated[Caller, holder], case_id: Annotated[str, made]
    ) -> CaseShown:
        """Ask the issuing authority to put something right: it has 15 days to answer."""
        opened = await room.ask_correction(
            caller.holder_ids, entry_id, said.reason, said.fields, case_id=case_id
        )
        return _shown(room, opened)


def _own(router: APIRouter, room: CaseRoom, resident: Reading) -> None:
    holder = Depends(resident)

    @router.get("/cases")
    async def cases(caller: Annotated[Caller, holder], before: Arrival = None, limit: Limit = 50) -> CasePage:
        """List your cases, newest first."""
        page = await room.own(caller.holder_ids, before=before, limit=limit)
        return CasePage(cases=[_shown(room, one) for one in page.rows], next=page.next)

    @router.get("/cases/{case_id}")
    async def case(case_id: str, caller: Annotated[Caller, holder]) -> CaseShown:
        """Show one of your cases."""
        return _shown(room, await room.own_one(caller.holder_ids, case_id))

    @router.post("/cases/{case_id}/withdrawal")
    async def withdraw(case_id: str, caller: Annotated[Caller, holder]) -> CaseShown:
        """Take it back; harmless when repeated."""
        return _shown(room, await room.withdraw(caller.holder_ids, case_id))


def _answering(router: APIRouter, room: CaseRoom, answering: Reading) -> None:
    who = Depends(answering)

    @router.get("/organisation/cases")
    async def to_answer(
        caller: Annotated[Caller, who],
        state: State = "open",
        before: Arrival = None,
        limit: Limit = 50,
    ) -> CasePage:
        """List the cases that your organisation has to answer, newest first; or those in another state."""
        page = await room.to_answer(caller.organisation or "", state, before=before, limit=limit)
        return CasePage(cases=[_shown(room, one) for one in page.rows], next=page.next)

    @router.get("/organisation/cases/{case_id}")
    async def one_to_answer(case_id: str, caller: Annotated[Caller, who]) -> CaseShown:
        """Show one of them."""
        return _shown(room, await room.to_answer_one(caller.organisation or "", case_id))

    @router.post("/organisation/cases/{case_id}/answers")
    async def answer(case_id: str, said: Answer, caller: Annotated[Caller, who]) -> CaseShown:
        """Answer it, which closes it; harmless when repeated."""
        closed = await room.answer(
            caller.organisation or "", case_id, said.outcome, said.answer, by=caller.subject
        )
        return _shown(room, closed)


def _shown(room: CaseRoom, case: Case) -> CaseShown:
    names = [name for name in CaseShown.model_fields if name != "overdue"]
    said = {name: getattr(case, name) for name in names}
    return CaseShown.model_validate(said | {"overdue": case.is_overdue(at=room.clock.now())})
