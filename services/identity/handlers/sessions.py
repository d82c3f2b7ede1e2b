"""Sessions: begun by a sign-in, kept alive by their last refresh token, ended by much."""

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import datetime

from services.identity.domain.clients import Client
from services.identity.domain.issuers import IssuerKind
from services.identity.domain.sessions import TERMS, EndReason, RefreshTokenRejected, Session, hashed, split
from services.identity.domain.standings import code_kind_of
from services.identity.handlers.documents import ids_of
from services.identity.handlers.issuing import ACCESS_TOKEN, Token, issue
from services.identity.ports import World
from services.kernel.again import decide_again
from services.kernel.errors import Stale
from services.kernel.holders import HolderId
from services.kernel.keys.tokens import Caller

log = logging.getLogger("yima.identity")


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """Who signed in where, and when they began to: before anything was asked that a removal changes."""

    kind: IssuerKind
    subject: str
    issuer_name: str
    at: datetime
    counter: str | None = None


async def begin_session(world: World, who: Caller, begun: Begun) -> Token:
    """Give the first tokens of a family."""
    now, secret = world.clock.now(), world.new_secret()
    session = Session(
        session_id=world.clock.new_id(),
        kind=begun.kind,
        subject=begun.subject,
        client_id=who.client_id,
        issuer_name=begun.issuer_name,
        counter=begun.counter,
        secret=hashed(secret),
        began_at=begun.at,
        used_at=now,
        until=now + TERMS[begun.kind].whole,
    )
    await world.sessions.add(session)
    return _tokens(world, replace(who, signed_in_at=begun.at), session, secret)


async def refresh_session(world: World, client: Client, refresh_token: str) -> Token:
    """Give the next tokens of the family; whoever brings one a second time ends it for both."""
    session_id, brought = split(refresh_token)
    session = await world.sessions.find(session_id)
    if session is None:
        raise RefreshTokenRejected("no session has this id")
    now, secret = world.clock.now(), world.new_secret()
    session.check_live(at=now)
    if not session.is_latest(brought, client.client_id):
        await _end(world, session_id, "reused")
        raise RefreshTokenRejected("used before, or another client's: the family is dead")
    try:
        await _check_client(world, session, client)
        who = await _bearer(world, session)
    except RefreshTokenRejected:
        await _end(world, session_id, "removed")
        raise
    try:
        await world.sessions.change(session.turned(secret, at=now))
    except Stale as error:
        await _end(world, session_id, "reused")
        raise RefreshTokenRejected("brought twice at once: the family is dead") from error
    return _tokens(world, who, session, secret)


async def end_session(world: World, client: Client, token: str) -> None:
    """Log out, by any token of the family: who has an old one may not go on, but may end it."""
    try:
        session_id, _ = split(token)
    except RefreshTokenRejected:
        return
    session = await world.sessions.find(session_id)
    if session is not None and session.client_id == client.client_id:
        await _end(world, session_id, "logged_out")


async def _check_client(world: World, session: Session, client: Client) -> None:
    organisation = await world.organisations.find(client.organisation) if client.organisation else None
    session.check_client(client, organisation)


async def _bearer(world: World, session: Session) -> Caller:
    """Whoever signed in, as the store has them now; RefreshTokenRejected."""
    issuer = await world.issuers.find(session.issuer_name)
    if session.kind == "operator":
        operator = await world.operators.find(session.subject)
        organisation = await world.organisations.find(operator.organisation if operator else "")
        session.check_operator(issuer, operator, organisation)
        return Caller(
            subject=session.subject,
            kind="operator",
            client_id=session.client_id,
            organisation=operator.organisation if operator else None,
            counter=session.counter,
            roles=operator.roles if operator else frozenset(),
            signed_in_at=session.began_at,
        )
    subject = HolderId(session.subject)
    holder_ids = await ids_of(world, subject)
    standings = await asyncio.gather(*(world.standings.find(one) for one in {subject, *holder_ids}))
    enrolment = session.check_resident(issuer, standings, await world.holders.enrolment(subject))
    return Caller(
        subject=holder_ids[0],
        kind="resident",
        client_id=session.client_id,
        holder_ids=holder_ids,
        signed_in_at=session.began_at,
        code_kind=code_kind_of(enrolment.kind, standings),
    )


async def _end(world: World, session_id: str, reason: EndReason) -> None:
    async def end() -> None:
        session = await world.sessions.find(session_id)
        if session is not None and session.ended is None:
            await world.sessions.change(session.over(reason))
            log.info("a session has ended", extra={"session_id": session_id, "reason": reason})

    await decide_again(end)


def _tokens(world: World, who: Caller, session: Session, secret: str) -> Token:
    refresh_token = f"{session.session_id}.{secret}"
    return issue(world, who, issued_token_type=ACCESS_TOKEN, refresh_token=refresh_token)
