"""Who gets which access token."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from services.identity.domain import (
    Assertion,
    Client,
    ClientAssertionRejected,
    ClientUnknown,
    GrantTypeUnsupported,
    HolderUnknown,
)
from services.identity.ports import World
from services.kernel.holders import HolderId
from services.kernel.keys.tokens import Caller

_CLIENT_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_VOUCHING = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """The answer of RFC 6749, 5.1."""

    access_token: str
    expires_in: int
    scope: str
    token_type: str = "Bearer"  # noqa: S105 - its kind (RFC 6750)


async def give_token(world: World, form: Mapping[str, str]) -> Token:
    """Do what the grant type says."""
    match form.get("grant_type"):
        case "client_credentials":
            if form.get("client_assertion_type") != _CLIENT_ASSERTION:
                raise ClientAssertionRejected(f"client_assertion_type is {_CLIENT_ASSERTION}")
            return await _for_client(world, form.get("client_assertion", ""), form.get("scope", ""))
        case grant_type if grant_type == _VOUCHING:
            return await _for_person(world, form.get("assertion", ""))
    raise GrantTypeUnsupported(f"grant_type is client_credentials or {_VOUCHING}")


async def _for_client(world: World, assertion: str, scope: str) -> Token:
    client, said = await _author_of(world, assertion)
    client.check_itself(said)
    scopes = client.narrowed(scope)
    who = Caller(
        subject=client.client_id,
        kind="machine",
        client_id=client.client_id,
        organisation=client.organisation,
        scopes=scopes,
    )
    return _token(world, who)


async def _for_person(world: World, assertion: str) -> Token:
    """A client vouches for somebody it has identified, until people sign in by OpenID Connect."""
    client, said = await _author_of(world, assertion)
    kind = client.check_vouching(said)
    who = Caller(subject=said.subject, kind=kind, client_id=client.client_id)
    if kind == "operator":
        return _token(world, replace(who, organisation=client.organisation, counter=said.counter))
    if await world.holders.kind_of(HolderId(said.subject)) is None:
        raise HolderUnknown("sub is not the id of a registered holder")
    return _token(world, replace(who, holder_ids=(said.subject,)))


async def _author_of(world: World, assertion: str) -> tuple[Client, Assertion]:
    client = await world.clients.find(world.signing.author(assertion))
    if client is None:
        raise ClientUnknown("iss is not the id of a registered client")
    said = world.signing.check(assertion, client, at=world.clock.now())
    if not await world.used_assertions.use(client.client_id, said.assertion_id, until=said.expires_at):
        raise ClientAssertionRejected("the assertion was used before: sign a new one, with a new jti")
    return client, said


def _token(world: World, who: Caller) -> Token:
    life = world.lifetimes.token
    token = world.signing.access_token(who, token_id=world.clock.new_id(), at=world.clock.now(), life=life)
    return Token(access_token=token, expires_in=int(life.total_seconds()), scope=" ".join(sorted(who.scopes)))
