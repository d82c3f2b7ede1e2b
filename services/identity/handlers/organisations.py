"""Organisations and their systems, as the administrator registers them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.identity.domain.clients import Client, ClientNotRegistered, LocksItselfOut, register_client
from services.identity.domain.organisations import Organisation, OrganisationUnknown, register_organisation
from services.identity.handlers.pages import Page
from services.identity.ports import World
from services.kernel.again import decide_again
from services.kernel.clock import civil_date
from services.kernel.keys.tokens import Caller


async def put_organisation(
    world: World, wanted: Organisation, *, by: Caller, read: int | None = None
) -> Organisation:
    """Register it, or change what it is entitled to; the same again changes and says nothing."""
    wanted = wanted.checked(today=civil_date(world.clock.now()))

    async def put() -> Organisation:
        found = await world.organisations.find(wanted.organisation)
        return await _keep(world, found, wanted, by, read=read)

    return await decide_again(put)


async def remove_organisation(world: World, organisation: str, *, by: Caller) -> Organisation:
    """Take every right from it; a PUT brings it back."""
    if by.organisation == organisation:
        raise LocksItselfOut(f"{by.client_id} belongs to {organisation}: another administrator can remove it")

    async def remove() -> Organisation:
        found = await get_organisation(world, organisation)
        return await _keep(world, found, found.without_rights(), by)

    return await decide_again(remove)


async def list_organisations(world: World, *, after: str, limit: int) -> Page[Organisation]:
    """By credit code."""
    return Page.of(await world.organisations.page(after=after, limit=limit + 1), limit)


async def not_published(world: World, organisations: Sequence[Organisation]) -> Mapping[str, tuple[str, ...]]:
    """Give the items and types in each that no service has published: a slip, or too early.

    They are kept, since an organisation may be registered before its items are.
    """
    items = {item for one in organisations for item in one.items}
    types = {kind for one in organisations for kind in _types_of(one)}
    known = {*await world.items.known(sorted(items)), *await world.types.find_many(sorted(types))}
    return {one.organisation: tuple(sorted({*one.items, *_types_of(one)} - known)) for one in organisations}


def _types_of(organisation: Organisation) -> set[str]:
    sent = {kind for source in organisation.source_for for kind in source.certificate_types}
    return {*organisation.certificate_types, *organisation.may_ask_for, *sent}


async def _keep(
    world: World, found: Organisation | None, wanted: Organisation, by: Caller, *, read: int | None = None
) -> Organisation:
    organisation, registered = register_organisation(
        found, wanted, by=by.actor or by.client_id, at=world.clock.now(), read=read
    )
    if registered:
        await world.organisations.keep(organisation, emit=registered)
    return organisation


async def get_organisation(world: World, organisation: str) -> Organisation:
    """Show it as it stands, also when it was removed."""
    found = await world.organisations.find(organisation)
    if found is None:
        raise OrganisationUnknown("no organisation is registered under this credit code")
    return found


async def put_client(world: World, wanted: Client, *, by: Caller, read: int | None = None) -> Client:
    """Register a system of a registered organisation, or change it."""
    keys = tuple(world.signatures.public_key(key) for key in wanted.keys)
    client = replace(wanted, keys=keys)
    (await get_organisation(world, client.organisation or "")).check_active()

    async def put() -> Client:
        return await _keep_client(world, await world.clients.find(client.client_id), client, by, read=read)

    return await decide_again(put)


async def remove_client(world: World, client_id: str, *, by: Caller) -> Client:
    """Let nobody sign in as it any more; a PUT brings it back."""

    async def remove() -> Client:
        found = await get_client(world, client_id)
        return await _keep_client(world, found, replace(found, removed=True), by)

    return await decide_again(remove)


async def list_clients(world: World, *, after: str, limit: int) -> Page[Client]:
    """By id."""
    return Page.of(await world.clients.page(after=after, limit=limit + 1), limit)


async def _keep_client(
    world: World, found: Client | None, wanted: Client, by: Caller, *, read: int | None = None
) -> Client:
    client, changed = register_client(found, wanted, by=by.client_id, at=world.clock.now(), read=read)
    if changed:
        await world.clients.keep(client, emit=changed)
    return client


async def get_client(world: World, client_id: str) -> Client:
    """Show it as it stands, also when it was removed."""
    found = await world.clients.find(client_id)
    if found is None:
        raise ClientNotRegistered("no system is registered under this id")
    return found


async def introduce_administrator(world: World, jwk: Mapping[str, object]) -> None:
    """The first client: whoever holds this key may register all others."""
    key = world.signatures.public_key(jwk)
    admin = Client(client_id="admin", version=1, organisation=None, keys=(key,), scopes=frozenset({"admin"}))
    await world.clients.introduce(admin, emit=admin.changed(by=admin.client_id))
