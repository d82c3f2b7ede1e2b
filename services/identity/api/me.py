"""What a holder sees, takes along and has erased."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from services.identity import handlers
from services.identity.api.holders import Accepted
from services.identity.api.standings import StandingShown, standing_shown
from services.identity.handlers import me
from services.identity.ports import World
from services.kernel.holders import HolderKind, mask_number
from services.kernel.keys.tokens import Caller
from services.kernel.web.guard import Guard


class AliasShown(BaseModel):
    """Empty where nobody has signed in with that document."""

    holder_id: str
    id_type: str
    number_masked: str


class MeShown(BaseModel):
    """Enough to recognise oneself by."""

    holder_id: str
    kind: HolderKind
    name: str
    id_type: str
    number_masked: str
    standing: StandingShown
    aliases: list[AliasShown]
    registered_at: datetime | None


def _shown(found: me.Me) -> MeShown:
    holder = found.holder
    others = (
        AliasShown(
            holder_id=holder_id,
            id_type=other.id_type if other else "",
            number_masked=mask_number(other.number) if other else "",
        )
        for holder_id, other in found.aliases
    )
    return MeShown(
        holder_id=holder.holder_id,
        kind=holder.kind,
        name=holder.name,
        id_type=holder.id_type,
        number_masked=mask_number(holder.number),
        standing=standing_shown(found.standing),
        aliases=list(others),
        registered_at=holder.registered_at,
    )


def router(world: World, guard: Guard) -> APIRouter:
    """For holders, and for who acts in their whole matter."""
    routes = APIRouter(prefix="/v1/me", tags=["me"])
    resident = guard.resident()

    @routes.get("")
    async def show_me(caller: Annotated[Caller, Depends(resident)]) -> MeShown:
        return _shown(await me.show_me(world, caller))

    @routes.get("/export")
    async def export_me(caller: Annotated[Caller, Depends(resident)]) -> dict[str, Any]:
        """Everything that identity holds of the caller."""
        return await me.export_me(world, caller)

    @routes.post("/erasure")
    async def erase_me(caller: Annotated[Caller, Depends(resident)]) -> Accepted:
        """For good: what the law keeps stays, and signing in again registers anew."""
        await handlers.erase_me(world, caller)
        return Accepted()

    return routes
