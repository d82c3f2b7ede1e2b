"""Organisations and their systems, as the administrator registers them."""

from collections.abc import Mapping
from dataclasses import replace

from services.identity.domain import Client, Organisation, OrganisationUnknown, register_organisation
from services.identity.ports import World
from services.kernel.clock import civil_date


async def put_organisation(world: World, wanted: Organisation) -> Organisation:
    """Register it, or change what it is entitled to; the same again changes and says nothing."""
    wanted = wanted.checked(today=civil_date(world.clock.now()))
    found = await world.organisations.find(wanted.organisation)
    organisation, registered = register_organisation(found, wanted)
    if registered:
        await world.organisations.keep(organisation, emit=registered)
    return organisation


async def get_organisation(world: World, organisation: str) -> Organisation:
    """Show it as it stands."""
    found = await world.organisations.find(organisation)
    if found is None:
        raise OrganisationUnknown("no organisation is registered under this credit code")
    return found


async def put_client(world: World, wanted: Client) -> Client:
    """Register a system of a registered organisation, or change it."""
    keys = tuple(world.signing.public_key(key) for key in wanted.keys)
    client = replace(wanted, keys=keys)
    await get_organisation(world, client.organisation or "")
    await world.clients.keep(client)
    return client


async def introduce_administrator(world: World, jwk: Mapping[str, object]) -> None:
    """The first client: whoever holds this key may register all others."""
    key = world.signing.public_key(jwk)
    admin = Client(client_id="admin", organisation=None, keys=(key,), scopes=frozenset({"admin"}))
    await world.clients.introduce(admin)
