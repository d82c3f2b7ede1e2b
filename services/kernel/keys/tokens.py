"""Tokens: JWT ES256 in the profile of RFC 9068, checked offline against the issuer's published keys."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

import aiohttp
import jwt

from services.kernel.clock import Clock
from services.kernel.errors import Unauthenticated, Unavailable

log = logging.getLogger("yima.tokens")

Jwks = Mapping[str, Any]
Claims = dict[str, Any]
CallerKind = Literal["machine", "resident", "operator"]

ACCESS_TOKEN = "at+jwt"  # noqa: S105 - a media type (RFC 9068, 2.1)
_REQUIRED = ["exp", "iat", "iss", "aud", "sub", "jti"]
_LEEWAY_S = 5
_LONGEST = 8192
_FETCH_PAUSE = timedelta(seconds=10)
_FETCH_LIMIT = aiohttp.ClientTimeout(total=1.0)


class TokenMissing(Unauthenticated):
    code = "token_missing"


class TokenExpired(Unauthenticated):
    code = "token_expired"


class TokenRejected(Unauthenticated):
    code = "token_rejected"


class KeyUnknown(Unavailable):
    """The issuer's keys could not be fetched, or were fetched a moment ago without this one."""

    code = "key_unknown"
    retry_after: ClassVar[int] = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls, as the issuer vouches for it."""

    subject: str
    kind: CallerKind
    client_id: str
    organisation: str | None = None
    counter: str | None = None
    scopes: frozenset[str] = frozenset()
    holder_ids: tuple[str, ...] = ()


def _caller(claims: Claims) -> Caller:
    kind, client_id, organisation = (claims.get(name) for name in ("kind", "client_id", "organisation"))
    holder_ids = tuple(claims.get("holder_ids", ()))
    if kind not in {"machine", "resident", "operator"} or not client_id:
        raise TokenRejected("an access token says client_id and kind (machine, resident or operator)")
    if (kind == "resident" and not holder_ids) or (kind == "operator" and not organisation):
        raise TokenRejected(f"the token of a {kind} lacks what goes with it")
    return Caller(
        subject=claims["sub"],
        kind=kind,
        client_id=client_id,
        organisation=organisation,
        counter=claims.get("counter"),
        scopes=frozenset(str(claims.get("scope", "")).split()),
        holder_ids=holder_ids,
    )


class TokenChecker:
    """Keeps the issuer's keys; asks for them again only for an unknown key id, once in ten seconds."""

    def __init__(
        self, fetch_jwks: Callable[[], Awaitable[Jwks]], issuer: str, *, clock: Clock, audience: str = "yima"
    ) -> None:
        self._issuer, self._audience, self._clock = issuer, audience, clock
        self._fetch_jwks = fetch_jwks
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at: datetime | None = None
        self._fetching = asyncio.Lock()

    async def check(self, token: str) -> Caller:
        return _caller(await self.verify(token, audience=self._audience, typ=ACCESS_TOKEN))

    async def verify(self, token: str, *, audience: str, typ: str) -> Claims:
        """Give the claims of a token of this type; a token made for one use is worth nothing for another."""
        key = await self._key(_key_id(token, typ))
        try:
            # The time is checked below, by our clock.
            claims: Claims = jwt.decode(
                token,
                key,
                algorithms=["ES256"],
                audience=audience,
                issuer=self._issuer,
                options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
        except jwt.InvalidTokenError as error:
            raise TokenRejected(f"the token does not hold: {type(error).__name__}") from error
        _check_time(claims, self._clock.now().timestamp())
        return claims

    async def refresh(self) -> None:
        """Fetch the keys now: a key that the issuer withdrew is forgotten. For a background loop."""
        self._fetched_at = self._clock.now()
        self._keys = _usable(await self._fetch_jwks())

    async def _key(self, kid: str) -> jwt.PyJWK:
        if kid not in self._keys:
            async with self._fetching:
                await self._fetch_for(kid)
        if kid not in self._keys:
            raise KeyUnknown("the key that signed the token is not among the issuer's")
        return self._keys[kid]

    async def _fetch_for(self, kid: str) -> None:
        """Fetch unless another request just did; a failed fetch counts too."""
        now = self._clock.now()
        if kid in self._keys or (self._fetched_at and now - self._fetched_at < _FETCH_PAUSE):
            return
        try:
            await self.refresh()
        except Unavailable as error:
            raise KeyUnknown("the issuer's keys cannot be fetched") from error


def _key_id(token: str, typ: str) -> str:
    if len(token) > _LONGEST:
        raise TokenRejected(f"{len(token)} characters; {_LONGEST} at most are read")
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError as error:
        raise TokenRejected("not a signed token at all") from error
    if header.get("alg") != "ES256" or str(header.get("typ")).lower() != typ or not header.get("kid"):
        raise TokenRejected(f"a token of type {typ} with ES256 and a key id is needed")
    return str(header["kid"])


def _check_time(claims: Claims, now: float) -> None:
    times = [claims["exp"], claims["iat"], claims.get("nbf", claims["iat"])]
    if not all(isinstance(moment, int | float) for moment in times):
        raise TokenRejected("exp, iat and nbf are numbers of seconds")
    if now > times[0] + _LEEWAY_S:
        raise TokenExpired(f"the token ended {now - times[0]:.0f} s ago")
    if now < max(times[1:]) - _LEEWAY_S:
        raise TokenRejected("the token is from the future: compare the clocks")


def _usable(jwks: Jwks) -> dict[str, jwt.PyJWK]:
    """Give ES256 keys by id; one key that we cannot read does not take the others with it."""
    keys = {}
    for jwk in jwks.get("keys") or ():
        try:
            if jwk["kty"] == "EC" and jwk["crv"] == "P-256":
                keys[str(jwk["kid"])] = jwt.PyJWK(jwk, algorithm="ES256")
        except (jwt.PyJWTError, KeyError, TypeError, ValueError):
            log.warning("a published key cannot be read")
    return keys


def http_jwks(url: str) -> Callable[[], Awaitable[Jwks]]:
    """Fetch a key set over HTTP within a second, or raise Unavailable."""

    async def fetch() -> Jwks:
        try:
            async with aiohttp.ClientSession(timeout=_FETCH_LIMIT) as session, session.get(url) as response:
                response.raise_for_status()
                return dict(await response.json(content_type=None))
        except (aiohttp.ClientError, TimeoutError, TypeError, ValueError) as error:
            raise Unavailable(f"{url} gives no key set: {type(error).__name__}") from error

    return fetch


class Signer:
    """Signs with one private key (a JWK with `kid`), kept as an object: reading it each time costs half."""

    def __init__(self, private_jwk: Mapping[str, Any]) -> None:
        self.key_id = str(private_jwk["kid"])
        self._key = jwt.PyJWK(dict(private_jwk), algorithm="ES256")

    def sign(self, claims: Mapping[str, Any], *, typ: str) -> str:
        return jwt.encode(dict(claims), self._key, headers={"typ": typ, "kid": self.key_id})


def public_jwks(private_jwks: Jwks) -> Jwks:
    """Give the publishable half of the EC keys, and of nothing else."""
    public = ("kty", "crv", "x", "y", "kid", "use", "alg")
    pairs = [jwk for jwk in private_jwks["keys"] if jwk["kty"] == "EC"]
    return {"keys": [{name: jwk[name] for name in public if name in jwk} for jwk in pairs]}
