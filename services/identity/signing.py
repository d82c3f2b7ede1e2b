"""The craft of tokens: access tokens and grants that we sign, assertions and keys that clients bring."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from jwt.types import Options

from services.identity.domain import (
    HOLDER_PRESENTED,
    Assertion,
    Client,
    ClientAssertionRejected,
    ClientKeyUnusable,
    Scan,
)
from services.kernel.keys.secrets import Jwks
from services.kernel.keys.tokens import ACCESS_TOKEN, Caller, Signer, public_jwks

GRANT = "yima-grant+jwt"
GRANT_AUDIENCE = "space"
_AUDIENCE = "yima"
_LEEWAY = timedelta(seconds=5)
_LONGEST = 8192
_CLIENT_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_ASSERTION_ID = re.compile(r"[!-~]{1,128}")
# A staff id or a holder id.
_SUBJECT = re.compile(r"[\w.@+-]{1,64}")
_KEY_ID = re.compile(r"[!-~]{1,128}")
_COUNTER = 64
_PUBLIC = ("kty", "crv", "x", "y", "kid")
# RFC 7518, 6.2.2, 6.3.2 and 6.4.1
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
# The audience and the times are checked below: one audience, and our clock.
_OPTIONS: Options = {
    "require": ["iss", "sub", "aud", "exp", "jti"],
    "verify_aud": False,
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}


class JwtSigning:
    """Signs with the first of the token keys; all are published, so that the next is known in time."""

    def __init__(self, private: Jwks, issuer: str, *, assertion_life: timedelta) -> None:
        self.published = public_jwks(private)
        self._signer = Signer(private["keys"][0])
        self._issuer = issuer
        self._audiences = (issuer, f"{issuer}/v1/token")
        self._assertion_life = assertion_life

    def access_token(self, caller: Caller, *, token_id: str, at: datetime, life: timedelta) -> str:
        """In the profile of RFC 9068; what is empty is left out."""
        claims = {
            **_frame(self._issuer, _AUDIENCE, caller.subject, token_id, at, at + life),
            "client_id": caller.client_id,
            "kind": caller.kind,
            "scope": " ".join(sorted(caller.scopes)),
        }
        more = {
            "organisation": caller.organisation,
            "counter": caller.counter,
            "holder_ids": list(caller.holder_ids),
        }
        return self._signer.sign(
            claims | {name: value for name, value in more.items() if value}, typ=ACCESS_TOKEN
        )

    def grant(self, scan: Scan) -> str:
        """For space alone, and worth something only beside an access token of that operator."""
        claims = {
            **_frame(
                self._issuer,
                GRANT_AUDIENCE,
                scan.holder_id,
                scan.grant_id,
                scan.scanned_at,
                scan.grant_expires_at,
            ),
            "scan_id": scan.scan_id,
            "operator": scan.operator,
            "organisation": scan.organisation,
            "counter": scan.counter,
            "item": scan.item,
            "certificate_types": list(scan.certificate_types),
            "purpose": scan.purpose,
            "basis": HOLDER_PRESENTED,
        }
        return self._signer.sign(
            claims | ({"case_number": scan.case_number} if scan.case_number else {}), typ=GRANT
        )

    def author(self, assertion: str) -> str:
        """The `iss` of something that nobody has checked yet."""
        if len(assertion) > _LONGEST:
            raise ClientAssertionRejected(f"{len(assertion)} characters; {_LONGEST} at most are read")
        try:
            said = jwt.decode(assertion, options={"verify_signature": False})
        except jwt.InvalidTokenError as error:
            raise ClientAssertionRejected("an assertion is a signed JWT") from error
        author = said.get("iss")
        if not isinstance(author, str) or not _CLIENT_ID.fullmatch(author):
            raise ClientAssertionRejected("iss is the client's id")
        return author

    def check(self, assertion: str, client: Client, *, at: datetime) -> Assertion:
        """ES256 by one of the client's own keys, for us, for now (RFC 7523, 3)."""
        try:
            said: dict[str, Any] = jwt.decode(
                assertion,
                _key_of(assertion, client),
                algorithms=["ES256"],
                issuer=client.client_id,
                options=_OPTIONS,
            )
        except jwt.InvalidTokenError as error:
            raise ClientAssertionRejected(f"it does not hold: {type(error).__name__}") from error
        if said.get("kind") and "iat" not in said:
            raise ClientAssertionRejected("who vouches for a person says when: iat is needed")
        audience = said["aud"] if isinstance(said["aud"], list) else [said["aud"]]
        if len(audience) != 1 or audience[0] not in self._audiences:
            raise ClientAssertionRejected(f"aud is {self._issuer} and nothing else")
        return Assertion(
            subject=_text(said, "sub", _SUBJECT),
            assertion_id=_text(said, "jti", _ASSERTION_ID),
            expires_at=self._in_time(said, at),
            kind=str(said.get("kind", "")),
            counter=_counter(said),
        )

    def _in_time(self, said: Mapping[str, Any], at: datetime) -> datetime:
        """Give the time from which its age alone refuses it."""
        ends = _moment(said, "exp")
        if at - _LEEWAY >= ends:
            raise ClientAssertionRejected("exp has passed: compare the clocks")
        if ends > at + self._assertion_life + _LEEWAY:
            raise ClientAssertionRejected(
                f"exp is at most {self._assertion_life.total_seconds():.0f} s ahead"
            )
        if any(name in said and _moment(said, name) > at + _LEEWAY for name in ("iat", "nbf")):
            raise ClientAssertionRejected("iat or nbf is in the future: compare the clocks")
        return ends + _LEEWAY

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


def _frame(
    issuer: str, audience: str, subject: str, token_id: str, at: datetime, until: datetime
) -> dict[str, Any]:
    times = {"iat": int(at.timestamp()), "exp": int(until.timestamp())}
    return {"iss": issuer, "aud": audience, "sub": subject, "jti": token_id, **times}


def _key_of(assertion: str, client: Client) -> jwt.PyJWK:
    kid = jwt.get_unverified_header(assertion).get("kid")
    for key in client.keys:
        if key["kid"] == kid or (kid is None and len(client.keys) == 1):
            return jwt.PyJWK(dict(key), algorithm="ES256")
    raise ClientAssertionRejected("kid is not that of a key of this client")


def _text(said: Mapping[str, Any], name: str, shape: re.Pattern[str]) -> str:
    value = said[name]
    if not isinstance(value, str) or not shape.fullmatch(value):
        raise ClientAssertionRejected(f"{name} is missing, too long or has characters that are not taken")
    return value


def _counter(said: Mapping[str, Any]) -> str:
    counter = said.get("counter", "")
    if not isinstance(counter, str) or len(counter) > _COUNTER or not counter.isprintable():
        raise ClientAssertionRejected(f"counter is at most {_COUNTER} printable characters")
    return counter.strip()


def _moment(said: Mapping[str, Any], name: str) -> datetime:
    value = said[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ClientAssertionRejected(f"{name} is a number of seconds")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise ClientAssertionRejected(f"{name} is out of range") from error
