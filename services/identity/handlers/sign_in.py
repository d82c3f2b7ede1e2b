"""Signing in: the ID token of a trusted log-in becomes our own token and a session."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from services.identity.domain.clients import Client
from services.identity.domain.holders import Holder, is_under_14
from services.identity.domain.issuers import Issuer, IssuerUnknown
from services.identity.domain.logins import (
    GuardianNeeded,
    IdToken,
    IdTokenRejected,
    IdTokenUsed,
    OperatorSaid,
    ResidentSaid,
    operator_said,
    resident_said,
)
from services.identity.domain.operators import Operator, register_operator
from services.identity.domain.organisations import OrganisationUnknown, clean_name
from services.identity.domain.standings import HolderEnded, Standing, code_kind_of
from services.identity.handlers.documents import ids_of, registered
from services.identity.handlers.holders import register_from_login
from services.identity.handlers.issuing import Token
from services.identity.handlers.sessions import Begun, begin_session
from services.identity.ports import World
from services.kernel.again import decide_again
from services.kernel.clock import civil_date
from services.kernel.errors import Invalid
from services.kernel.holders import HolderId, check_number, kind_of
from services.kernel.keys.tokens import Caller

# No client has such an id: an assertion never uses up an ID token.
_ID_TOKENS = "id token of "
# The least that the store tells apart.
_A_MOMENT = timedelta(milliseconds=1)


async def sign_in(world: World, client: Client, id_token: str) -> Token:
    """All that can refuse is asked before the ID token is used up, and nothing is kept before that."""
    began_at = world.clock.now()
    issuer = await world.issuers.find_by_issuer(world.logins.author(id_token))
    if issuer is None or issuer.removed:
        raise IssuerUnknown("iss is not that of a log-in that is trusted here")
    token = await world.logins.read(id_token, issuer)
    token.check_use(issuer.audience_for(client.client_id), at=world.clock.now())
    if issuer.kind == "resident":
        return await _resident(world, client, issuer, token, began_at)
    return await _operator(world, client, issuer, token, began_at)


async def _resident(
    world: World, client: Client, issuer: Issuer, token: IdToken, began_at: datetime
) -> Token:
    said = resident_said(token, issuer)
    await _check_person(world, _check_age(world, said))
    await _use_up(world, issuer, token)
    holder = await register_from_login(world, id_type=said.id_type, id_number=said.id_number, name=said.name)
    # Once more, with what was said of them meanwhile.
    holder_ids, standings = await _check_person(world, holder.holder_id)
    who = Caller(
        subject=holder_ids[0],
        kind="resident",
        client_id=client.client_id,
        holder_ids=holder_ids,
        code_kind=code_kind_of(holder.kind, standings),
    )
    begun = Begun(kind="resident", subject=holder.holder_id, issuer_name=issuer.name, at=began_at)
    return await begin_session(world, who, begun)


async def _check_person(world: World, holder_id: HolderId) -> tuple[tuple[HolderId, ...], Sequence[Standing]]:
    """Give all documents of the person, and how they stand, if anybody may sign in as them."""
    holder_ids = await ids_of(world, holder_id)
    today = civil_date(world.clock.now())
    if any(is_under_14(one, today=today) for one in await registered(world, holder_ids)):
        raise GuardianNeeded("under 14 years by another document: a guardian signs in and acts")
    standings = await asyncio.gather(*(world.standings.find(one) for one in {holder_id, *holder_ids}))
    for standing in standings:
        # Who is frozen may sign in, to thaw; who is no more may not.
        if standing.state not in {"active", "frozen"}:
            raise HolderEnded(f"the holder is {standing.state}: nobody signs in as them")
    return holder_ids, standings


def _check_age(world: World, said: ResidentSaid) -> HolderId:
    """Before anything of a child is kept."""
    today = civil_date(world.clock.now())
    try:
        number = check_number(said.id_type, said.id_number, today=today)
    except Invalid as error:
        raise IdTokenRejected(f"the number of the document: {error.code}") from error
    holder = Holder(
        holder_id=world.name_holder(said.id_type, number),
        kind=kind_of(said.id_type),
        id_type=said.id_type,
        number=number,
        name=clean_name(said.name),
    )
    if is_under_14(holder, today=today):
        raise GuardianNeeded("under 14 years: a guardian signs in and acts")
    return holder.holder_id


async def _operator(
    world: World, client: Client, issuer: Issuer, token: IdToken, began_at: datetime
) -> Token:
    said = operator_said(token, issuer)
    organisation = await world.organisations.find(said.organisation)
    if organisation is None:
        raise OrganisationUnknown("the organisation that the directory names is not registered")
    organisation.check_active()
    found = await world.operators.find(said.operator_id)
    if found is not None:
        found.check_active()
    await _use_up(world, issuer, token)
    operator = await _on_the_list(world, issuer, said, began_at)
    who = Caller(
        subject=operator.operator_id,
        kind="operator",
        client_id=client.client_id,
        organisation=operator.organisation,
        counter=said.counter,
        roles=operator.roles,
    )
    begun = Begun(
        kind="operator",
        subject=operator.operator_id,
        issuer_name=issuer.name,
        at=began_at,
        counter=said.counter,
    )
    return await begin_session(world, who, begun)


async def _on_the_list(world: World, issuer: Issuer, said: OperatorSaid, began_at: datetime) -> Operator:
    """The directory says who belongs where; roles too, where it is registered to say them.

    Roles that were registered here are for one organisation: nobody takes them along into another. The
    sessions of before a move end, and not the one that begins with it.
    """
    before = began_at - _A_MOMENT

    async def register() -> Operator:
        found = await world.operators.find(said.operator_id)
        if found is not None:
            found.check_active()
        stayed = found is not None and found.organisation == said.organisation
        registered = found.roles if found is not None and stayed else frozenset()
        roles = said.roles if said.roles is not None else registered
        wanted = Operator(operator_id=said.operator_id, organisation=said.organisation, roles=roles)
        operator, changed = register_operator(found, wanted, by=f"issuer:{issuer.name}", at=before)
        if changed:
            await world.operators.keep(operator, emit=changed)
        return operator

    return await decide_again(register)


async def _use_up(world: World, issuer: Issuer, token: IdToken) -> None:
    used = f"{_ID_TOKENS}{issuer.name}"
    if not await world.used_assertions.use(used, token.digest, until=token.refused_after):
        raise IdTokenUsed("the ID token was used before: sign in again")
