"""Acting for another: a person's own token and a mandate become a token whose subject is the other."""

from services.identity.domain.clients import Client
from services.identity.domain.mandates import AFTER_THE_END
from services.identity.handlers.bearers import mandate_in_force
from services.identity.handlers.documents import ids_of
from services.identity.handlers.issuing import ACCESS_TOKEN, Token, issue
from services.identity.ports import World
from services.kernel.holders import HolderId
from services.kernel.keys.tokens import Caller, TokenRejected


async def act_for(world: World, client: Client, access_token: str, mandate_id: str) -> Token:
    """Give ten minutes under the mandate: no refresh, so that its end is never far."""
    person = await world.access_tokens.check(access_token)
    if person.kind != "resident" or person.actor is not None:
        raise TokenRejected("only who has signed in acts for another, and nobody for two at once")
    if person.client_id != client.client_id:
        raise TokenRejected("it was given to another client")
    mandate = await mandate_in_force(world, mandate_id, agents=person.holder_ids)
    (await world.standings.find(HolderId(person.subject))).check_active()
    if mandate.role not in AFTER_THE_END:
        # Who is frozen is acted for by nobody.
        (await world.standings.find(mandate.principal)).check_active()
    holder_ids = await ids_of(world, mandate.principal)
    who = Caller(
        subject=holder_ids[0],
        kind="resident" if mandate.is_whole else "agent",
        client_id=client.client_id,
        holder_ids=holder_ids,
        actor=mandate.agent,  # as the scan says it, whichever document the person signed in with
        mandate_id=mandate.mandate_id,
        signed_in_at=person.signed_in_at,
    )
    return issue(world, who, issued_token_type=ACCESS_TOKEN)
