"""The craft of ID tokens (OpenID Connect Core 1.0): whose key signed, and what was said."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from services.identity.domain.issuers import Issuer, is_trustworthy
from services.identity.domain.logins import IdToken, IdTokenRejected
from services.kernel.clock import Clock
from services.kernel.errors import Unavailable
from services.kernel.keys import jws
from services.kernel.keys.tokens import Jwks, KeyUnknown

FetchJson = Callable[[str], Callable[[], Awaitable[Jwks]]]
# By what the key is: an RSA key never checks anything else, and no key is a shared secret.
_ALGORITHMS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("RSA", ""): ("RS256", "PS256"),
    ("EC", "P-256"): ("ES256",),
}
_KEPT_FOR = timedelta(seconds=300)
_PAUSE = timedelta(seconds=10)
_LEAST_RSA_BITS = 2048


@dataclass(slots=True)
class _Ring:
    """The keys of one log-in, as last fetched."""

    keys: list[tuple[str | None, Mapping[str, jwt.PyJWK]]] = field(default_factory=list)
    tried_at: datetime | None = None
    fetched_at: datetime | None = None
    fetching: asyncio.Lock = field(default_factory=asyncio.Lock)


class OpenIdLogins:
    """Fetches a log-in's keys when it needs one that it does not have, at most once in ten seconds."""

    def __init__(self, fetch: FetchJson, clock: Clock) -> None:
        self._fetch, self._clock = fetch, clock
        self._rings: dict[tuple[str, str], _Ring] = {}

    def author(self, id_token: str) -> str:
        """The `iss` of something that nobody has checked yet."""
        try:
            return jws.texts(jws.read(id_token).claims, "iss")[0]
        except jws.NotHeld as error:
            raise IdTokenRejected(str(error)) from error

    async def read(self, id_token: str, issuer: Issuer) -> IdToken:
        """Signed by a key of this log-in, with an algorithm of that key."""
        try:
            unverified = jws.read(id_token)
            _check_header(unverified.header)
            said = unverified.verified(await self._key(issuer, unverified.header))
            return _id_token(said, issuer, unverified.digest)
        except jws.NotHeld as error:
            raise IdTokenRejected(str(error)) from error

    async def _key(self, issuer: Issuer, header: jws.Part) -> jwt.PyJWK:
        """The keys are asked for again if this one is not there; NotHeld, `key_unknown`."""
        ring = self._rings.setdefault(issuer.home, _Ring())
        kid, algorithm = header.get("kid"), str(header.get("alg"))
        async with ring.fetching:
            now = self._clock.now()
            fresh = ring.fetched_at is not None and now - ring.fetched_at < _KEPT_FOR
            if not fresh or _found(ring, kid) is None:
                await self._refresh(ring, issuer, now)
        keys = _found(ring, kid)
        if keys is None:
            raise jws.NotHeld("no key of the log-in has this key id")
        if algorithm not in keys:
            raise jws.NotHeld(f"the key is not for {algorithm[:16]}")
        return keys[algorithm]

    async def _refresh(self, ring: _Ring, issuer: Issuer, now: datetime) -> None:
        """Fetch, unless that was tried a moment ago; what cannot be known is not called forged."""
        if ring.tried_at is not None and now - ring.tried_at < _PAUSE:
            if ring.fetched_at != ring.tried_at:
                raise KeyUnknown("the log-in's keys could not be fetched a moment ago")
            return
        ring.tried_at = now
        try:
            ring.keys = _usable(await self._published(issuer))
        except Unavailable as error:
            raise KeyUnknown("the log-in's keys cannot be fetched") from error
        ring.fetched_at = now

    async def _published(self, issuer: Issuer) -> Jwks:
        discovery = await self._fetch(issuer.discovery_url)()
        address = discovery.get("jwks_uri")
        # OpenID Connect Discovery 1.0, 4.3: else one log-in could speak for another.
        if discovery.get("issuer") != issuer.issuer or not isinstance(address, str):
            raise Unavailable(f"{issuer.name}: the discovery document is another issuer's")
        if not is_trustworthy(address):
            raise Unavailable(f"{issuer.name}: keys are fetched over https")
        return await self._fetch(address)()


def _check_header(header: jws.Part) -> None:
    if str(header.get("typ", "JWT")).lower() != "jwt" or not isinstance(header.get("kid", ""), str):
        raise jws.NotHeld("a token of another type, or a key id that is no text")


def _found(ring: _Ring, kid: object) -> Mapping[str, jwt.PyJWK] | None:
    """Without a key id there must be one key alone (OpenID Connect Core 1.0, 10.1)."""
    if kid is None:
        return ring.keys[0][1] if len(ring.keys) == 1 else None
    return next((keys for named, keys in ring.keys if named == kid), None)


def _usable(jwks: Jwks) -> list[tuple[str | None, Mapping[str, jwt.PyJWK]]]:
    """One key that we cannot read does not take the others with it."""
    published = jwks.get("keys")
    made = [_checking(jwk) for jwk in published] if isinstance(published, list) else []
    return [one for one in made if one is not None and one[1]]


def _checking(jwk: Any) -> tuple[str | None, Mapping[str, jwt.PyJWK]] | None:  # noqa: ANN401 - a stranger's
    try:
        if jwk.get("use", "sig") != "sig":
            return None
        allowed = _ALGORITHMS.get((jwk["kty"], jwk.get("crv", "")), ())
        named = [one for one in allowed if jwk.get("alg", one) == one]
        keys = {algorithm: jwt.PyJWK(dict(jwk), algorithm=algorithm) for algorithm in named}
        if any(getattr(key.key, "key_size", _LEAST_RSA_BITS) < _LEAST_RSA_BITS for key in keys.values()) and (
            jwk["kty"] == "RSA"
        ):
            return None
        return jwk.get("kid"), keys
    except (jwt.PyJWTError, AttributeError, KeyError, TypeError, ValueError):
        return None


def _id_token(said: jws.Part, issuer: Issuer, digest: str) -> IdToken:
    audience: list[Any] = said["aud"] if isinstance(said.get("aud"), list) else [said.get("aud")]
    if said.get("iss") != issuer.issuer or not all(isinstance(one, str) for one in audience):
        raise jws.NotHeld("iss is another, or aud is not a text or a list of texts")
    authorized_party = said.get("azp")
    if not isinstance(authorized_party, str | None):
        raise jws.NotHeld("azp is a text")
    jws.texts(said, "sub")
    if "nbf" in said and jws.seconds(said, "nbf") > jws.seconds(said, "iat"):
        raise jws.NotHeld("nbf is later than iat")
    return IdToken(
        digest=digest,
        audience=tuple(audience),
        authorized_party=authorized_party,
        issued_at=datetime.fromtimestamp(jws.seconds(said, "iat"), UTC),
        expires_at=datetime.fromtimestamp(jws.seconds(said, "exp"), UTC),
        claims=said,
    )
