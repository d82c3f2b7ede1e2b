"""Who asks for a token, proved, and the token itself."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.identity.domain.clients import Client, ClientAssertionRejected, ClientUnknown
from services.identity.ports import World
from services.kernel.keys.tokens import Caller

CLIENT_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - a kind (RFC 8693, 3)
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105 - the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """The answer of RFC 6749, 5.1, and RFC 8693, 2.2.1; what is None is left out."""

    access_token: str
    expires_in: int
    scope: str
    token_type: str = "Bearer"  # noqa: S105 - its kind (RFC 6750)
    issued_token_type: str | None = None
    refresh_token: str | None = None


async def authenticate(world: World, form: Mapping[str, str]) -> Client:
    """Give the registered system that signed the assertion of this form, once (RFC 7523, 2.2)."""
    if form.get("client_assertion_type") != CLIENT_ASSERTION:
        raise ClientAssertionRejected(f"client_assertion_type is {CLIENT_ASSERTION}")
    assertion = form.get("client_assertion", "")
    client = await world.clients.find(world.signatures.author(assertion))
    if client is None:
        raise ClientUnknown("iss is not the id of a registered client")
    said = world.signatures.check(assertion, client, at=world.clock.now())
    client.check_itself(said)
    await check_client(world, client)
    # First, so that one who repeats an assertion uses up nothing of the client's.
    if not await world.used_assertions.use(client.client_id, said.assertion_id, until=said.expires_at):
        raise ClientAssertionRejected("used before: sign a new one, with a new jti")
    await world.limits.take("token", client.client_id)
    return client


async def check_client(world: World, client: Client) -> None:
    """A system falls with its organisation."""
    client.check_active()
    if client.organisation is not None:
        organisation = await world.organisations.find(client.organisation)
        if organisation is None or organisation.removed:
            raise ClientUnknown(f"the organisation of {client.client_id} was taken off the list")


def issue(
    world: World, who: Caller, *, issued_token_type: str | None = None, refresh_token: str | None = None
) -> Token:
    """Sign an access token that says this of its bearer."""
    life = world.lifetimes.token
    token = world.signing.access_token(who, token_id=world.clock.new_id(), at=world.clock.now(), life=life)
    return Token(
        access_token=token,
        expires_in=int(life.total_seconds()),
        scope=" ".join(sorted(who.scopes)),
        issued_token_type=issued_token_type,
        refresh_token=refresh_token,
    )
