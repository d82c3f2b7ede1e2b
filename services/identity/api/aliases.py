"""Several documents of one person. Harmless when repeated, so no Idempotency-Key is taken."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, StringConstraints

from services.identity.api.holders import Accepted, HolderSaid, Text
from services.identity.handlers import aliases
from services.identity.ports import World
from services.kernel.holders import HolderId
from services.kernel.keys.tokens import Caller
from services.kernel.web.guard import Guard


class OtherDocument(BaseModel):
    """The access token of a sign-in with the other document."""

    access_token: Annotated[str, StringConstraints(max_length=8192)]


class TwoPapers(BaseModel):
    """`checked`: how the registrar made sure that both are one person's."""

    primary: HolderSaid
    alias: HolderSaid
    checked: Text


def router(world: World, guard: Guard) -> APIRouter:
    """For holders in person, and for registrars who have seen both papers."""
    routes = APIRouter(tags=["aliases"])
    operator, resident = guard.operator(), guard.resident()

    @routes.post("/v1/me/aliases")
    async def link_own(said: OtherDocument, caller: Annotated[Caller, Depends(resident)]) -> Accepted:
        """The document of this sign-in stays the first; the other's archive is read with it from now on."""
        await aliases.link_own(world, caller, await guard.check(said.access_token))
        return Accepted()

    @routes.delete("/v1/me/aliases/{holder_id}")
    async def unlink_own(
        holder_id: Annotated[str, Path(pattern="^[A-Z2-7]{26}$")],
        caller: Annotated[Caller, Depends(resident)],
    ) -> Accepted:
        await aliases.unlink_own(world, caller, HolderId(holder_id))
        return Accepted()

    @routes.post("/v1/holders:link")
    async def link_papers(said: TwoPapers, caller: Annotated[Caller, Depends(operator)]) -> Accepted:
        """Role registrar: registers whoever of the two was not, by the same answer."""
        first, second = (aliases.Paper(**one.model_dump()) for one in (said.primary, said.alias))
        await aliases.link_papers(world, caller, first, second)
        return Accepted()

    return routes
