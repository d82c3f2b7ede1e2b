"""Log-ins, as the administrator registers them."""

from dataclasses import replace

from services.identity.domain.issuers import Issuer, IssuerNotRegistered, register_issuer
from services.identity.handlers.pages import Page
from services.identity.ports import World
from services.kernel.again import decide_again
from services.kernel.keys.tokens import Caller


async def put_issuer(world: World, wanted: Issuer, *, by: Caller, read: int | None = None) -> Issuer:
    """Trust a log-in, change what it may say, or take one back; the same again says nothing."""
    wanted = wanted.checked()

    async def put() -> Issuer:
        return await _keep(world, await world.issuers.find(wanted.name), wanted, by, read=read)

    return await decide_again(put)


async def remove_issuer(world: World, name: str, *, by: Caller) -> Issuer:
    """Nobody signs in there any more, and the sessions that it vouched for are dead for good."""

    async def remove() -> Issuer:
        found = await get_issuer(world, name)
        return await _keep(world, found, replace(found, removed=True), by)

    return await decide_again(remove)


async def get_issuer(world: World, name: str) -> Issuer:
    """Show it as it stands, also when it was removed."""
    found = await world.issuers.find(name)
    if found is None:
        raise IssuerNotRegistered("no log-in is registered under this name")
    return found


async def list_issuers(world: World, *, after: str, limit: int) -> Page[Issuer]:
    """By name."""
    return Page.of(await world.issuers.page(after=after, limit=limit + 1), limit)


async def _keep(
    world: World, found: Issuer | None, wanted: Issuer, by: Caller, *, read: int | None = None
) -> Issuer:
    issuer, changed = register_issuer(
        found,
        wanted,
        by=by.actor or by.client_id,
        at=world.clock.now(),
        read=read,
        kinds=await world.issuers.kinds_of(wanted.issuer),
    )
    if changed:
        await world.issuers.keep(issuer, emit=changed)
    return issuer
