"""The log-ins that are trusted. A PUT is harmless when repeated, so it takes no Idempotency-Key."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field, StringConstraints

from services.identity import handlers
from services.identity.api.registry.shapes import After, Limit, NotRemoved, Read
from services.identity.domain.issuers import Issuer, IssuerKind
from services.identity.ports import World
from services.kernel.keys.tokens import Caller
from services.kernel.web.guard import Guard

Name = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Url = Annotated[str, StringConstraints(max_length=500)]
Pairs = dict[Text, Text]


class IssuerSaid(BaseModel):
    """All that the log-in is trusted with, not a change of it."""

    kind: IssuerKind
    issuer: Url
    discovery_url: Url = ""
    clients: Pairs = Field(max_length=50)
    claims: Pairs = Field(max_length=10)
    fixed: Pairs = Field(default_factory=dict, max_length=10)
    id_types: Pairs = Field(default_factory=dict, max_length=50)
    levels: list[Text] = Field(default_factory=list, max_length=10)
    least: Annotated[str, StringConstraints(max_length=255)] = ""
    version: Read = None
    removed: NotRemoved = False


class IssuerShown(BaseModel):
    name: str
    version: int
    removed: bool
    kind: IssuerKind
    issuer: str
    discovery_url: str
    clients: dict[str, str]
    claims: dict[str, str]
    fixed: dict[str, str]
    id_types: dict[str, str]
    levels: list[str]
    least: str


class IssuersShown(BaseModel):
    """`next`: to be given as `after` for the page that follows; null on the last one."""

    issuers: list[IssuerShown]
    next: str | None


def _shown(issuer: Issuer) -> IssuerShown:
    return IssuerShown(
        name=issuer.name,
        version=issuer.version,
        removed=issuer.removed,
        kind=issuer.kind,
        issuer=issuer.issuer,
        discovery_url=issuer.discovery_url,
        clients=dict(issuer.clients),
        claims=dict(issuer.claims),
        fixed=dict(issuer.fixed),
        id_types=dict(issuer.id_types),
        levels=list(issuer.levels),
        least=issuer.least,
    )


def router(world: World, guard: Guard) -> APIRouter:
    """For machines with the scope admin."""
    admin = guard.machine("admin")
    routes = APIRouter(tags=["registry"], dependencies=[Depends(admin)])
    Admin = Annotated[Caller, Depends(admin)]  # noqa: N806 - a type

    @routes.put("/v1/issuers/{name}")
    async def put_issuer(name: Name, said: IssuerSaid, caller: Admin) -> IssuerShown:
        stated = said.model_dump(exclude={"version", "removed"}) | {"levels": tuple(said.levels)}
        wanted = Issuer(name=name, **stated)
        return _shown(await handlers.put_issuer(world, wanted, by=caller, read=said.version))

    @routes.get("/v1/issuers")
    async def list_issuers(after: After = "", limit: Limit = 50) -> IssuersShown:
        page = await handlers.list_issuers(world, after=after, limit=limit)
        shown = [_shown(one) for one in page.found]
        return IssuersShown(issuers=shown, next=shown[-1].name if page.more else None)

    @routes.get("/v1/issuers/{name}")
    async def get_issuer(name: Name) -> IssuerShown:
        return _shown(await handlers.get_issuer(world, name))

    @routes.delete("/v1/issuers/{name}")
    async def remove_issuer(name: Name, caller: Admin) -> IssuerShown:
        return _shown(await handlers.remove_issuer(world, name, by=caller))

    return routes
