"""Registering holders, and the code that a holder shows."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, StringConstraints

from services.identity import handlers
from services.identity.domain.holders import CodeKind
from services.identity.ports import World
from services.kernel.holders import HolderKind
from services.kernel.keys.tokens import Caller
from services.kernel.web.guard import Guard
from services.kernel.web.idempotency import RequestKeys, made_id

IdType = Annotated[str, StringConstraints(max_length=8)]
IdNumber = Annotated[str, StringConstraints(max_length=64)]
Name = Annotated[str, StringConstraints(max_length=200)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class HolderSaid(BaseModel):
    """`id_type`: a code of GB/T 36903."""

    id_type: IdType
    id_number: IdNumber
    name: Name


class CodeShown(BaseModel):
    """`image`: the QR code as a data URI, where it was asked for."""

    code: str
    kind: CodeKind
    expires_at: datetime
    image: str | None = None


class NewName(HolderSaid):
    """`name` is the new one; `reason` as it stands on the paper that says so."""

    reason: Text


class Accepted(BaseModel):
    """The same whether or not anybody is registered under the number."""

    accepted: Literal[True] = True


class HolderShown(BaseModel):
    holder_id: str
    kind: HolderKind


def router(world: World, guard: Guard, keys: RequestKeys) -> APIRouter:
    """Machines register, residents show."""
    routes = APIRouter(tags=["holders"])
    registrar, holder = guard.machine("holders:write"), guard.holder(still=False)
    renamer = guard.machine_or_operator("holders:state")

    @routes.post("/v1/codes", response_model_exclude_none=True)
    async def show_code(
        caller: Annotated[Caller, Depends(holder)], image: handlers.ImageForm | None = None
    ) -> CodeShown:
        """Give a fresh code; nothing is kept, so there is nothing for an Idempotency-Key to protect."""
        shown = await handlers.show_code(world, caller)
        picture = handlers.picture_of(world, shown.code, image) if image else None
        return CodeShown(code=shown.code, kind=shown.kind, expires_at=shown.expires_at, image=picture)

    @routes.post("/v1/holders", dependencies=[Depends(made_id(keys, registrar))])
    async def register_holder(said: HolderSaid, caller: Annotated[Caller, Depends(registrar)]) -> HolderShown:
        """Give the holder's id: by the answer a new holder is as one registered before."""
        found = await handlers.register_by_machine(world, caller, **said.model_dump())
        return HolderShown(holder_id=found.holder_id, kind=found.kind)

    @routes.post("/v1/holders:rename")
    async def rename_holder(said: NewName, caller: Annotated[Caller, Depends(renamer)]) -> Accepted:
        """For an authority: by the answer nobody learns whether the number is registered."""
        await handlers.rename_holder(world, caller, **said.model_dump())
        return Accepted()

    return routes
