"""Registering holders, and the code that a holder shows."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, StringConstraints

from services.identity import handlers
from services.identity.ports import World
from services.kernel.holders import HolderId, HolderKind
from services.kernel.keys.tokens import Caller
from services.kernel.web.guard import Guard
from services.kernel.web.idempotency import RequestKeys, made_id


class HolderSaid(BaseModel):
    """`id_type`: a code of GB/T 36903."""

    id_type: Annotated[str, StringConstraints(max_length=8)]
    id_number: Annotated[str, StringConstraints(max_length=64)]
    name: Annotated[str, StringConstraints(max_length=200)]


class HolderShown(BaseModel):
    holder_id: str
    kind: HolderKind


def router(world: World, guard: Guard, keys: RequestKeys) -> APIRouter:
    """Machines register, residents show."""
    routes = APIRouter(tags=["holders"])
    registrar, resident = guard.machine("holders:write"), guard.resident()

    @routes.post(
        "/v1/holders", status_code=HTTPStatus.CREATED, dependencies=[Depends(made_id(keys, registrar))]
    )
    async def register_holder(said: HolderSaid, response: Response) -> HolderShown:
        """201 for a new holder, 200 for one that is registered already."""
        holder, is_new = await handlers.register_holder(
            world, id_type=said.id_type, id_number=said.id_number, name=said.name
        )
        response.status_code = HTTPStatus.CREATED if is_new else HTTPStatus.OK
        return HolderShown(holder_id=holder.holder_id, kind=holder.kind)

    @routes.post("/v1/codes")
    async def show_code(caller: Annotated[Caller, Depends(resident)]) -> handlers.ShownCode:
        """Give a fresh code; nothing is kept, so there is nothing for an Idempotency-Key to protect."""
        return await handlers.show_code(world, HolderId(caller.subject))

    return routes
