"""Organisations: what each is entitled to."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from services.identity import handlers
from services.identity.api.registry.shapes import (
    After,
    CertificateType,
    CreditCode,
    ItemCode,
    Limit,
    Name,
    NotRemoved,
    Read,
)
from services.identity.domain.organisations import Organisation
from services.identity.events import SourceFor
from services.identity.ports import World
from services.kernel.keys.tokens import Caller
from services.kernel.web.guard import CallerOf


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
    may_ask_for: list[CertificateType] = Field(default_factory=list, max_length=1000)
    version: Read = None
    removed: NotRemoved = False

    def of(self, organisation: str) -> Organisation:
        """As the domain has it."""
        return Organisation(
            organisation=organisation,
            name=self.name,
            certificate_types=tuple(self.certificate_types),
            source_for=tuple(
                SourceFor(authority=one.authority, certificate_types=tuple(one.certificate_types))
                for one in self.source_for
            ),
            items=tuple(self.items),
            may_ask_for=tuple(self.may_ask_for),
        )


class OrganisationShown(BaseModel):
    """`not_published`: items and certificate types in it that no service has published so far."""

    organisation: str
    version: int
    name: str
    certificate_types: list[str]
    source_for: list[Source]
    items: list[str]
    may_ask_for: list[str]
    removed: bool
    not_published: list[str]


class OrganisationsShown(BaseModel):
    """`next`: to be given as `after` for the page that follows; null on the last one."""

    organisations: list[OrganisationShown]
    next: str | None


async def _shown(world: World, one: Organisation) -> OrganisationShown:
    return _one(one, await handlers.not_published(world, [one]))


def _one(one: Organisation, not_published: Mapping[str, tuple[str, ...]]) -> OrganisationShown:
    return OrganisationShown(
        organisation=one.organisation,
        version=one.version,
        name=one.name,
        certificate_types=list(one.certificate_types),
        source_for=[
            Source(authority=source.authority, certificate_types=list(source.certificate_types))
            for source in one.source_for
        ],
        items=list(one.items),
        may_ask_for=list(one.may_ask_for),
        removed=one.removed,
        not_published=list(not_published[one.organisation]),
    )


def router(world: World, admin: CallerOf) -> APIRouter:
    """By credit code."""
    routes = APIRouter()

    @routes.put("/v1/organisations/{organisation}")
    async def put_organisation(
        organisation: str, said: OrganisationSaid, by: Annotated[Caller, Depends(admin)]
    ) -> OrganisationShown:
        """Register it, change it, or take it back after it was removed."""
        wanted = said.of(organisation)
        return await _shown(world, await handlers.put_organisation(world, wanted, by=by, read=said.version))

    @routes.get("/v1/organisations", dependencies=[Depends(admin)])
    async def list_organisations(after: After = "", limit: Limit = 50) -> OrganisationsShown:
        """By credit code, removed ones too."""
        page = await handlers.list_organisations(world, after=after, limit=limit)
        not_published = await handlers.not_published(world, page.found)
        shown = [_one(one, not_published) for one in page.found]
        return OrganisationsShown(organisations=shown, next=shown[-1].organisation if page.more else None)

    @routes.get("/v1/organisations/{organisation}", dependencies=[Depends(admin)])
    async def get_organisation(organisation: str) -> OrganisationShown:
        return await _shown(world, await handlers.get_organisation(world, organisation))

    @routes.delete("/v1/organisations/{organisation}")
    async def remove_organisation(
        organisation: str, by: Annotated[Caller, Depends(admin)]
    ) -> OrganisationShown:
        """Take all its rights, and those of its staff and systems; it stays on record."""
        return await _shown(world, await handlers.remove_organisation(world, organisation, by=by))

    return routes
