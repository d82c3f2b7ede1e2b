"""Freezing, thawing and ending codes. Harmless when repeated, so no Idempotency-Key is taken."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, StringConstraints

from services.identity.api.holders import IdNumber, IdType, Text
from services.identity.domain.standings import Standing, State
from services.identity.handlers import standings
from services.identity.ports import World
from services.kernel.keys.tokens import Caller
from services.kernel.web.guard import Guard


class NoticeSaid(BaseModel):
    """`checked`: how the holder was checked (证件, 电话核实, 法院文书 ...)."""

    id_type: IdType
    id_number: IdNumber
    reason: Text
    checked: Text

    def notice(self) -> standings.Notice:
        """As the handler takes it."""
        return standings.Notice(
            id_type=self.id_type, id_number=self.id_number, reason=self.reason, checked=self.checked
        )


class EndSaid(NoticeSaid):
    state: Literal["deceased", "dissolved"]


class OwnNotice(BaseModel):
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""


class StateShown(BaseModel):
    """The same whether or not anybody is registered under the number."""

    state: State


class StandingShown(BaseModel):
    """`acting_as`: who brought it about; empty where nobody has changed it."""

    state: State
    acting_as: str
    changed_at: datetime | None


def standing_shown(standing: Standing) -> StandingShown:
    """For the holder."""
    return StandingShown(
        state=standing.state, acting_as=standing.acting_as or "", changed_at=standing.changed_at
    )


def router(world: World, guard: Guard) -> APIRouter:
    """For operators by number, for holders by themselves."""
    routes = APIRouter(tags=["standings"])
    operator, resident = guard.operator(), guard.resident()

    @routes.post("/v1/holders:freeze")
    async def freeze(said: NoticeSaid, caller: Annotated[Caller, Depends(operator)]) -> StateShown:
        """Stop the codes and end the sessions, also of a number that nobody has registered yet."""
        return StateShown(state=(await standings.freeze(world, caller, said.notice())).state)

    @routes.post("/v1/holders:unfreeze")
    async def unfreeze(said: NoticeSaid, caller: Annotated[Caller, Depends(operator)]) -> StateShown:
        return StateShown(state=(await standings.unfreeze(world, caller, said.notice())).state)

    @routes.post("/v1/holders:close")
    async def close(said: EndSaid, caller: Annotated[Caller, Depends(operator)]) -> StateShown:
        """Role authority: the holder is deceased or dissolved."""
        return StateShown(state=(await standings.close(world, caller, said.notice(), said.state)).state)

    @routes.post("/v1/me/freeze")
    async def freeze_me(
        caller: Annotated[Caller, Depends(resident)], said: OwnNotice | None = None
    ) -> StandingShown:
        reason = said.reason if said else ""
        return standing_shown(await standings.freeze_me(world, caller, reason=reason))

    @routes.post("/v1/me/unfreeze")
    async def unfreeze_me(
        caller: Annotated[Caller, Depends(resident)], said: OwnNotice | None = None
    ) -> StandingShown:
        reason = said.reason if said else ""
        return standing_shown(await standings.unfreeze_me(world, caller, reason=reason))

    return routes
