"""Whether a token and a mandate are still worth what they say: asked of the store at every use."""

from collections.abc import Sequence

from services.identity.domain.clients import ClientUnknown
from services.identity.domain.mandates import Mandate, MandateUnknown
from services.identity.domain.sessions import SessionEnded
from services.identity.handlers.documents import ids_of
from services.identity.handlers.issuing import check_client
from services.identity.ports import World
from services.kernel.clock import civil_date
from services.kernel.holders import HolderId
from services.kernel.keys.tokens import Caller


async def check_bearer(world: World, caller: Caller) -> Mandate | None:
    """Give the mandate acted under, if any.

    A freeze ends what was signed in before it, a mandate's end what is done under it: at once. The time that
    counts is that of the sign-in: a refresh under way during the freeze gives a younger token.
    """
    if caller.kind == "machine":
        await _check_machine(world, caller)
    if caller.kind not in {"resident", "agent"}:
        return None
    person = HolderId(caller.actor or caller.subject)
    standing = await world.standings.find(person)
    if standing.ends_session(begun_at=caller.signed_in_at):
        standing.check_active()
        raise SessionEnded("a freeze has ended this session: sign in again")
    if caller.mandate_id is None:
        return None
    return await mandate_in_force(world, caller.mandate_id, agents=await ids_of(world, person))


async def _check_machine(world: World, caller: Caller) -> None:
    """Registered, with its organisation, and for all that its token says."""
    client = await world.clients.find(caller.client_id)
    if client is None:
        raise ClientUnknown("the client of the token is not registered")
    await check_client(world, client)
    if gone := caller.scopes - client.scopes:
        raise ClientUnknown(f"the client is not registered for {' '.join(sorted(gone))} any more")


async def mandate_in_force(world: World, mandate_id: str, *, agents: Sequence[str]) -> Mandate:
    """Give the mandate under which one of these may act now, as both it and the other's standing have it."""
    mandate = await world.mandates.find(mandate_id)
    if mandate is None or mandate.agent not in agents:
        raise MandateUnknown("the caller holds no mandate with this id")
    now = world.clock.now()
    mandate.check_open(at=now)
    mandate.check_principal(await world.standings.find(mandate.principal))
    if mandate.role == "guardian":
        mandate.check_child(await world.holders.find(mandate.principal), today=civil_date(now))
    return mandate
