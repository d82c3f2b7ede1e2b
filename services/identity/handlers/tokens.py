"""Who gets which access token."""

from collections.abc import Mapping

from services.identity.domain.clients import (
    Client,
    GrantTypeUnsupported,
    ScopeNotAllowed,
    TokenTypeUnsupported,
)
from services.identity.handlers.acting import act_for
from services.identity.handlers.issuing import ACCESS_TOKEN, ID_TOKEN, Token, authenticate, issue
from services.identity.handlers.sessions import end_session, refresh_session
from services.identity.handlers.sign_in import sign_in
from services.identity.ports import World
from services.kernel.keys.tokens import Caller

__all__ = ["GRANT_TYPES", "Token", "give_token", "revoke_token"]

_TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 - a kind (RFC 8693, 2.1)
GRANT_TYPES = ("client_credentials", "refresh_token", _TOKEN_EXCHANGE)


async def give_token(world: World, form: Mapping[str, str]) -> Token:
    """Do what the grant type says, for a system that proves itself."""
    grant_type = form.get("grant_type", "")
    if grant_type not in GRANT_TYPES:
        raise GrantTypeUnsupported(f"grant_type is one of {', '.join(GRANT_TYPES)}")
    client = await authenticate(world, form)
    if grant_type == "client_credentials":
        return _for_itself(world, client, form.get("scope", ""))
    if form.get("scope"):
        raise ScopeNotAllowed("what a person may do goes by who they are: ask for no scope")
    if grant_type == "refresh_token":
        return await refresh_session(world, client, form.get("refresh_token", ""))
    return await _exchange(world, client, form)


async def _exchange(world: World, client: Client, form: Mapping[str, str]) -> Token:
    if form.get("requested_token_type", ACCESS_TOKEN) != ACCESS_TOKEN:
        raise TokenTypeUnsupported(f"requested_token_type is {ACCESS_TOKEN}")
    brought = form.get("subject_token", "")
    match form.get("subject_token_type"):
        case kind if kind == ID_TOKEN:
            return await sign_in(world, client, brought)
        case kind if kind == ACCESS_TOKEN:
            return await act_for(world, client, brought, form.get("mandate_id", ""))
    raise TokenTypeUnsupported(f"subject_token_type is {ID_TOKEN} or {ACCESS_TOKEN}")


async def revoke_token(world: World, form: Mapping[str, str]) -> None:
    """Log out (RFC 7009); a token that is none, or another client's, is not told from one that is."""
    client = await authenticate(world, form)
    await end_session(world, client, form.get("token", ""))


def _for_itself(world: World, client: Client, scope: str) -> Token:
    who = Caller(
        subject=client.client_id,
        kind="machine",
        client_id=client.client_id,
        organisation=client.organisation,
        scopes=client.narrowed(scope),
    )
    return issue(world, who)
