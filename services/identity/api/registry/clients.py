"""Systems that sign in with a key of their own."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from services.identity import handlers
from services.identity.api.registry.shapes import After, ClientId, CreditCode, Limit, NotRemoved, Read, Scope
from services.identity.domain.clients import Client
from services.identity.ports import World
from services.kernel.keys.tokens import Caller
from services.kernel.web.guard import CallerOf


class KeySet(BaseModel):
    """Public EC keys on P-256, each with a kid (RFC 7517)."""

    keys: list[dict[str, Any]] = Field(min_length=1, max_length=5)


class ClientSaid(BaseModel):
    """All that the system is and may ask for, not a change of it."""

    organisation: CreditCode
    jwks: KeySet
    scopes: list[Scope] = Field(default_factory=list, max_length=50)
    version: Read = None
    removed: NotRemoved = False


class ClientShown(BaseModel):
    """`organisation` is empty for the administrator's first client alone."""

    client_id: str
    version: int
    organisation: str
    jwks: KeySet
    scopes: list[str]
    removed: bool


class ClientsShown(BaseModel):
    """`next`: to be given as `after` for the page that follows; null on the last one."""

    clients: list[ClientShown]
    next: str | None


def _shown(client: Client) -> ClientShown:
    return ClientShown(
        client_id=client.client_id,
        version=client.version,
        organisation=client.organisation or "",
        jwks=KeySet(keys=[dict(key) for key in client.keys]),
        scopes=sorted(client.scopes),
        removed=client.removed,
    )


def router(world: World, admin: CallerOf) -> APIRouter:
    """By client id."""
    routes = APIRouter()

    @routes.put("/v1/clients/{client_id}")
    async def put_client(
        client_id: ClientId, said: ClientSaid, by: Annotated[Caller, Depends(admin)]
    ) -> ClientShown:
        """Register it, replace its keys and scopes, or take it back after it was removed."""
        wanted = Client(
            client_id=client_id,
            organisation=said.organisation,
            keys=tuple(said.jwks.keys),
            scopes=frozenset(said.scopes),
        )
        return _shown(await handlers.put_client(world, wanted, by=by, read=said.version))

    @routes.get("/v1/clients", dependencies=[Depends(admin)])
    async def list_clients(after: After = "", limit: Limit = 50) -> ClientsShown:
        """By id, removed ones too."""
        page = await handlers.list_clients(world, after=after, limit=limit)
        shown = [_shown(one) for one in page.found]
        return ClientsShown(clients=shown, next=shown[-1].client_id if page.more else None)

    @routes.get("/v1/clients/{client_id}", dependencies=[Depends(admin)])
    async def get_client(client_id: ClientId) -> ClientShown:
        return _shown(await handlers.get_client(world, client_id))

    @routes.delete("/v1/clients/{client_id}")
    async def remove_client(client_id: ClientId, by: Annotated[Caller, Depends(admin)]) -> ClientShown:
        """Let it sign in no more; it stays on record."""
        return _shown(await handlers.remove_client(world, client_id, by=by))

    return routes
