"""What the administrator registers. A PUT is harmless when repeated, so it takes no Idempotency-Key."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field, StringConstraints

from services.identity import handlers
from services.identity.domain import Client, Organisation
from services.identity.events import SourceFor
from services.identity.ports import World
from services.kernel.web.guard import Guard

CertificateType = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{21}$")]
ItemCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{1,64}$")]
CreditCode = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Name = Annotated[str, StringConstraints(max_length=200)]
Scope = Annotated[str, StringConstraints(pattern=r"^[a-z]+(:[a-z]+)?$", max_length=64)]
ClientId = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]


class Source(BaseModel):
    """One authority on whose behalf approvals are sent."""

    authority: CreditCode
    certificate_types: list[CertificateType] = Field(max_length=1000)


class OrganisationSaid(BaseModel):
    """All that the organisation is entitled to, not a change of it."""

    name: Name
    certificate_types: list[CertificateType] = Field(max_length=1000)
    source_for: list[Source] = Field(max_length=1000)
    items: list[ItemCode] = Field(max_length=5000)


class KeySet(BaseModel):
    """Public EC keys on P-256, each with a kid (RFC 7517)."""

    keys: list[dict[str, Any]] = Field(min_length=1, max_length=5)


class ClientSaid(BaseModel):
    """`vouches_for` names at most one kind of person."""

    organisation: CreditCode
    jwks: KeySet
    scopes: list[Scope] = Field(default_factory=list, max_length=50)
    vouches_for: list[Literal["resident", "operator"]] = Field(default_factory=list, max_length=1)


class ClientShown(ClientSaid):
    client_id: str


def _shown(client: Client) -> ClientShown:
    return ClientShown(
        client_id=client.client_id,
        organisation=client.organisation or "",
        jwks=KeySet(keys=[dict(key) for key in client.keys]),
        scopes=sorted(client.scopes),
        vouches_for=[client.vouches_for] if client.vouches_for else [],
    )


def router(world: World, guard: Guard) -> APIRouter:
    """For machines with the scope admin."""
    routes = APIRouter(tags=["registry"], dependencies=[Depends(guard.machine("admin"))])

    @routes.put("/v1/organisations/{organisation}")
    async def put_organisation(organisation: str, said: OrganisationSaid) -> Organisation:
        sources = (
            SourceFor(authority=one.authority, certificate_types=tuple(one.certificate_types))
            for one in said.source_for
        )
        wanted = Organisation(
            organisation=organisation,
            name=said.name,
            certificate_types=tuple(said.certificate_types),
            source_for=tuple(sources),
            items=tuple(said.items),
        )
        return await handlers.put_organisation(world, wanted)

    @routes.get("/v1/organisations/{organisation}")
    async def get_organisation(organisation: str) -> Organisation:
        return await handlers.get_organisation(world, organisation)

    @routes.put("/v1/clients/{client_id}")
    async def put_client(client_id: ClientId, said: ClientSaid) -> ClientShown:
        wanted = Client(
            client_id=client_id,
            organisation=said.organisation,
            keys=tuple(said.jwks.keys),
            scopes=frozenset(said.scopes),
            vouches_for=next(iter(said.vouches_for), None),
        )
        return _shown(await handlers.put_client(world, wanted))

    return routes
