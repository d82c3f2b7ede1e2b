"""What clients bring: assertions that they signed (RFC 7523), and the public keys to check them with."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from services.identity.domain.clients import Assertion, Client, ClientAssertionRejected, ClientKeyUnusable
from services.kernel.keys import jws

_LEEWAY = timedelta(seconds=5)
_CLIENT_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_ASSERTION_ID = re.compile(r"[!-~]{1,128}")
_KEY_ID = re.compile(r"[!-~]{1,128}")
_PUBLIC = ("kty", "crv", "x", "y", "kid")
# RFC 7518, 6.2.2, 6.3.2 and 6.4.1
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
# typ is not of another kind of token; `x5t` and the like name keys that nobody looks for.
_TYPES = frozenset({"jwt", "client-authentication+jwt"})
_CARRIED = frozenset({"jwk", "jku", "x5u", "x5c"})


class ClientSignatures:
    """ES256 by a registered key, for us, for a short time, and nothing besides."""

    def __init__(self, issuer: str, *, life: timedelta) -> None:
        self._audiences = (issuer, f"{issuer}/v1/token")
        self._life = life

    def author(self, assertion: str) -> str:
        """The `iss` of something that nobody has checked yet."""
        try:
            author = jws.read(assertion).claims.get("iss")
        except jws.NotHeld as error:
            raise ClientAssertionRejected(str(error)) from error
        if not isinstance(author, str) or not _CLIENT_ID.fullmatch(author):
            raise ClientAssertionRejected("iss is the client's id")
        return author

    def check(self, assertion: str, client: Client, *, at: datetime) -> Assertion:
        """By one of the client's own keys, for us, for now (RFC 7523, 3)."""
        try:
            unverified = jws.read(assertion)
            said = unverified.verified(_key_of(unverified.header, client))
            subject, assertion_id = jws.texts(said, "sub", "jti")
            until = self._in_time(said, at)
        except jws.NotHeld as error:
            raise ClientAssertionRejected(str(error)) from error
        audience = said["aud"] if isinstance(said.get("aud"), list) else [said.get("aud")]
        if len(audience) != 1 or audience[0] not in self._audiences:
            raise ClientAssertionRejected(f"aud is {self._audiences[0]} and nothing else")
        if said.get("iss") != client.client_id or not _ASSERTION_ID.fullmatch(assertion_id):
            raise ClientAssertionRejected("iss is the client's id; jti has 1 to 128 printable characters")
        return Assertion(subject=subject, assertion_id=assertion_id, expires_at=until)

    def _in_time(self, said: Mapping[str, Any], at: datetime) -> datetime:
        """Give the time from which its age alone refuses it."""
        ends, now = jws.seconds(said, "exp"), at.timestamp()
        leeway = _LEEWAY.total_seconds()
        if now - leeway >= ends:
            raise jws.NotHeld("exp has passed: compare the clocks")
        if ends > now + self._life.total_seconds() + leeway:
            raise jws.NotHeld(f"exp is at most {self._life.total_seconds():.0f} s ahead")
        if any(name in said and jws.seconds(said, name) > now + leeway for name in ("iat", "nbf")):
            raise jws.NotHeld("iat or nbf is in the future: compare the clocks")
        return datetime.fromtimestamp(ends, UTC) + _LEEWAY

    def public_key(self, jwk: Mapping[str, Any]) -> Mapping[str, Any]:
        """Keep what is public of an EC key on P-256, and refuse everything else."""
        if _PRIVATE & set(jwk):
            raise ClientKeyUnusable(
                "the private half came along, so it is lost: make a new pair, send the public half"
            )
        public = {name: str(jwk.get(name, "")) for name in _PUBLIC}
        if public["kty"] != "EC" or public["crv"] != "P-256" or not _KEY_ID.fullmatch(public["kid"]):
            raise ClientKeyUnusable("an EC key on P-256 with a kid is needed")
        try:
            jwt.PyJWK(public, algorithm="ES256")
        except (jwt.PyJWTError, ValueError) as error:
            raise ClientKeyUnusable("x and y are not a point on P-256") from error
        return public


def _key_of(header: Mapping[str, Any], client: Client) -> jwt.PyJWK:
    if str(header.get("typ", "JWT")).lower() not in _TYPES or _CARRIED & set(header):
        raise jws.NotHeld("of another type, or it brings its own key")
    kid = header.get("kid")
    for key in client.keys:
        if key["kid"] == kid or (kid is None and len(client.keys) == 1):
            return jwt.PyJWK(dict(key), algorithm="ES256")
    raise jws.NotHeld("kid is not that of a key of this client")
