"""Mandates: given by a holder, or opened by a counter that has seen the papers."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from services.identity.api.holders import IdNumber, IdType, Name, Text
from services.identity.api.registry.audit import Moment as Within
from services.identity.domain.mandates import MandateRole, MandateState
from services.identity.handlers import mandates
from services.identity.ports import World
from services.kernel.keys.tokens import Caller
from services.kernel.web.guard import Guard
from services.kernel.web.idempotency import RequestKeys, made_id

ItemCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{1,64}$")]
# As the store keeps it: UTC, whole milliseconds, and far from the ends of the calendar.
Moment = Annotated[
    Within,
    AfterValidator(lambda at: at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)),
]
MandateId = Annotated[str, Path(max_length=64)]


class Document(BaseModel):
    """By number alone."""

    id_type: IdType
    id_number: IdNumber

    def meant(self) -> mandates.Document:
        """As the handler takes it."""
        return mandates.Document(id_type=self.id_type, id_number=self.id_number)


class Agent(Document):
    """By number and name: a slip of one digit must not reach somebody else."""

    name: Name

    def meant(self) -> mandates.Document:
        """With the name."""
        return mandates.Document(id_type=self.id_type, id_number=self.id_number, name=self.name)


class Terms(BaseModel):
    """`items` empty: every item. `until` left out: until somebody ends it, or a child is of age."""

    items: list[ItemCode] = Field(default_factory=list, max_length=100)
    since: Moment | None = None
    until: Moment | None = None

    def wish(self, request: str, role: MandateRole) -> mandates.Wish:
        """As the handler takes it."""
        return mandates.Wish(
            request=request, role=role, items=tuple(self.items), since=self.since, until=self.until
        )


class Offer(Terms):
    agent: Agent
    role: Literal["agent", "helper"]


class CheckedMandate(Terms):
    """`checked`: which papers were seen."""

    principal: Document
    agent: Document
    role: MandateRole
    checked: Text


class MandateMade(BaseModel):
    """The same whether or not anybody is registered under the numbers."""

    mandate_id: str
    state: MandateState


class MandateShown(MandateMade):
    """`side`: the caller's; `name_masked`: of the other side, once the mandate has been open."""

    side: Literal["principal", "agent"]
    name_masked: str | None
    role: MandateRole
    items: list[str]
    since: datetime | None
    until: datetime | None
    by_certificate: bool
    checked_at_counter: bool
    changed_at: datetime


class MandatesShown(BaseModel):
    mandates: list[MandateShown]


def _shown(seen: mandates.Seen) -> MandateShown:
    mandate = seen.mandate
    return MandateShown(
        mandate_id=mandate.mandate_id,
        state="ended" if seen.over else mandate.state,
        side="principal" if seen.given else "agent",
        name_masked=seen.name_masked,
        role=mandate.role,
        items=list(mandate.items),
        since=mandate.since,
        until=mandate.until,
        by_certificate=mandate.certificate_id is not None,
        checked_at_counter=mandate.checked_by is not None,
        changed_at=mandate.changed_at,
    )


def router(world: World, guard: Guard, keys: RequestKeys) -> APIRouter:
    """For both sides, and for counters."""
    routes = APIRouter(tags=["mandates"])
    resident, operator = guard.resident(), guard.operator()
    offered, opened = made_id(keys, resident), made_id(keys, operator)

    @routes.post("/v1/mandates", status_code=HTTPStatus.CREATED)
    async def offer(
        said: Offer, caller: Annotated[Caller, Depends(resident)], request: Annotated[str, Depends(offered)]
    ) -> MandateMade:
        """Offer a mandate to whoever has this number and name; it opens with the agent's yes."""
        wish = said.wish(request, said.role)
        made = await mandates.offer_mandate(world, caller, wish, said.agent.meant())
        return MandateMade(mandate_id=made.mandate_id, state="offered")

    @routes.post("/v1/mandates:checked", status_code=HTTPStatus.CREATED)
    async def open_checked(
        said: CheckedMandate,
        caller: Annotated[Caller, Depends(operator)],
        request: Annotated[str, Depends(opened)],
    ) -> MandateMade:
        """Role registrar or authority: open at once on papers seen, and keep who saw them."""
        made = await mandates.open_checked(
            world,
            caller,
            said.wish(request, said.role),
            said.principal.meant(),
            said.agent.meant(),
            checked=said.checked,
        )
        return MandateMade(mandate_id=made.mandate_id, state=made.state)

    _of_both_sides(routes, world, guard)
    return routes


def _of_both_sides(routes: APIRouter, world: World, guard: Guard) -> None:
    resident = guard.resident()

    @routes.get("/v1/mandates")
    async def show(caller: Annotated[Caller, Depends(resident)]) -> MandatesShown:
        """Given and held, newest first."""
        return MandatesShown(mandates=[_shown(one) for one in await mandates.list_mandates(world, caller)])

    @routes.post("/v1/mandates/{mandate_id}/acceptance")
    async def accept(mandate_id: MandateId, caller: Annotated[Caller, Depends(resident)]) -> MandateShown:
        """By the agent; harmless when repeated."""
        accepted = await mandates.accept_mandate(world, caller, mandate_id)
        return _shown(await mandates.see_mandate(world, caller, accepted))

    @routes.post("/v1/mandates/{mandate_id}/end")
    async def end(mandate_id: MandateId, caller: Annotated[Caller, Depends(resident)]) -> MandateShown:
        """By either side, for good; harmless when repeated."""
        ended = await mandates.end_mandate(world, caller, mandate_id)
        return _shown(await mandates.see_mandate(world, caller, ended))
