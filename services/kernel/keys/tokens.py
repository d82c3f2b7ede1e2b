"""Tokens: JWT ES256 in the profile of RFC 9068, checked offline against the issuer's published keys."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

import jwt

from services.kernel.clock import Clock
from services.kernel.errors import Unauthenticated, Unavailable
from services.kernel.keys import jws
from services.kernel.keys.callers import Caller, CallerKind, TokenRejected, caller_of
from services.kernel.keys.published import Jwks, usable
from services.kernel.keys.secrets import public_jwks

__all__ = [
    "ACCESS_TOKEN",
    "Caller",
    "CallerKind",
    "Claims",
    "Jwks",
    "KeyUnknown",
    "TokenChecker",
    "TokenExpired",
    "TokenMissing",
    "TokenRejected",
    "public_jwks",
]

Claims = dict[str, Any]

ACCESS_TOKEN = "at+jwt"  # noqa: S105 - a media type (RFC 9068, 2.1)
# What our own tokens have in their header, and nothing else.
_HEADER = {"alg", "kid", "typ"}
_LONGEST_LIFE_S = 24 * 3600
_LEEWAY_S = 5
_FETCH_PAUSE = timedelta(seconds=10)
_KEPT = timedelta(seconds=300)
# Tokens of ten minutes that one process is brought in that time; a kilobyte or two each.
_MOST_SEEN = 4_096


class TokenMissing(Unauthenticated):
    code = "token_missing"


class TokenExpired(Unauthenticated):
    code = "token_expired"


class KeyUnknown(Unavailable):
    """The issuer's keys could not be fetched, or were fetched a moment ago without this one."""

    code = "key_unknown"
    retry_after: ClassVar[int] = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    kid: str
    claims: Claims
    caller: Caller


class TokenChecker:
    """Keeps the issuer's keys for five minutes; asks again for an unknown key id, once in ten seconds.

    While the issuer is away the keys that it had stay good: its absence must not stop everything.
    """

    def __init__(
        self,
        fetch_jwks: Callable[[], Awaitable[Jwks]],
        issuer: str,
        *,
        clock: Clock,
        audience: str = "yima",
        at_hand: bool = False,
    ) -> None:
        """`at_hand`: the fetch costs nothing and gives all keys there are, so another key is a forger's."""
        self._issuer, self._audience, self._clock = issuer, audience, clock
        self._pause = timedelta(0) if at_hand else _FETCH_PAUSE
        self._at_hand = at_hand
        self._fetch_jwks = fetch_jwks
        self._keys: dict[str, jwt.PyJWK] = {}
        self._withdrawn: set[str] = set()
        self._fetched_at: datetime | None = None
        self._fetching = asyncio.Lock()
        self._seen: dict[str, _Seen] = {}

    async def check(self, token: str) -> Caller:
        """Verify it once; brought again, its time and its key are asked alone."""
        seen = self._seen.get(token)
        if seen is None:
            kid, claims = await self._verify(token, self._audience, ACCESS_TOKEN)
            seen = _Seen(kid=kid, claims=claims, caller=caller_of(claims))
            if len(self._seen) >= _MOST_SEEN:
                self._seen.clear()
            self._seen[token] = seen
            return seen.caller
        await self._key(seen.kid)
        _check_time(seen.claims, self._clock.now().timestamp())
        return seen.caller

    async def verify(self, token: str, *, audience: str, typ: str) -> Claims:
        """Give the claims of a token of this type; a token made for one use is worth nothing for another."""
        return (await self._verify(token, audience, typ))[1]

    async def _verify(self, token: str, audience: str, typ: str) -> tuple[str, Claims]:
        try:
            said = jws.read(token)
            kid = _key_id(said.header, typ)
            claims = dict(said.verified(await self._key(kid)))
            jws.texts(claims, "sub", "jti")
            _check_time(claims, self._clock.now().timestamp())
        except jws.NotHeld as error:
            raise TokenRejected(str(error)) from error
        if (claims.get("iss"), claims.get("aud")) != (self._issuer, audience):
            raise TokenRejected("iss or aud is another")
        return kid, claims

    async def refresh(self) -> None:
        """Fetch the keys now: a key that the issuer withdrew is forgotten. For a background loop."""
        self._fetched_at = self._clock.now()
        found = usable(await self._fetch_jwks())
        self._withdrawn = (self._withdrawn | set(self._keys)) - set(found)
        self._keys = found

    async def _key(self, kid: str) -> jwt.PyJWK:
        if kid not in self._keys or self._age() >= _KEPT:
            async with self._fetching:
                await self._fetch_for(kid)
        if kid not in self._keys:
            if self._at_hand or kid in self._withdrawn:
                raise TokenRejected("no key of the issuer has this key id, or not any more")
            raise KeyUnknown("the key that signed the token is not among the issuer's")
        return self._keys[kid]

    async def _fetch_for(self, kid: str) -> None:
        """Fetch unless another request just did; a failed fetch counts too."""
        if self._age() < (_KEPT if kid in self._keys else self._pause):
            return
        try:
            await self.refresh()
        except Unavailable as error:
            if kid not in self._keys:
                raise KeyUnknown("the issuer's keys cannot be fetched") from error

    def _age(self) -> timedelta:
        return self._clock.now() - self._fetched_at if self._fetched_at else timedelta.max


def _key_id(header: Mapping[str, Any], typ: str) -> str:
    kid = header.get("kid")
    wanted = set(header) == _HEADER and (header["alg"], str(header["typ"]).lower()) == ("ES256", typ)
    if not wanted or not isinstance(kid, str):
        raise TokenRejected(f"a token of type {typ} with ES256 and a key id is needed")
    return kid


def _check_time(claims: Claims, now: float) -> None:
    ends, made = jws.seconds(claims, "exp"), jws.seconds(claims, "iat")
    usable_from = jws.seconds(claims, "nbf") if "nbf" in claims else made
    if now > ends + _LEEWAY_S:
        raise TokenExpired(f"the token ended {now - ends:.0f} s ago")
    if now < max(made, usable_from) - _LEEWAY_S:
        raise TokenRejected("the token is from the future: compare the clocks")
    if ends - made > _LONGEST_LIFE_S:
        raise TokenRejected("no token is made for so long")
