"""Organisations: what each is entitled to."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from services.identity import handlers
from services.identity.api.registry.shapes import CertificateType, CreditCode, ItemCode, Name
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


def router(world: World, admin: CallerOf) -> APIRouter:
    """By credit code."""
    routes = APIRouter()

    @routes.put("/v1/organisations/{organisation}")
    async def put_organisation(
        organisation: str, said: OrganisationSaid, by: Annotated[Caller, Depends(admin)]
    ) -> Organisation:
        """Register it, change it, or take it back after it was removed."""
        return await handlers.put_organisation(world, said.of(organisation), by=by)

    @routes.get("/v1/organisations/{organisation}", dependencies=[Depends(admin)])
    async def get_organisation(organisation: str) -> Organisation:
        return await handlers.get_organisation(world, organisation)

    @routes.delete("/v1/organisations/{organisation}")
    async def remove_organisation(organisation: str, by: Annotated[Caller, Depends(admin)]) -> Organisation:
        """Take all its rights, and those of its staff and systems; it stays on record."""
        return await handlers.remove_organisation(world, organisation, by=by)

    return routes
