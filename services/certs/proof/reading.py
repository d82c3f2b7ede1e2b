"""Reading a certificate that somebody shows: strictly, in the one form in which we issue.

What a general SD-JWT could also be (arrays disclosed element by element, claims inside disclosed claims, a
holder's key) is refused and not passed over: a part that is not understood could change what the rest means.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from services.certs.proof.credentials import (
    CREDENTIAL,
    LONGEST,
    LONGEST_SIGNED,
    NEVER_HIDDEN,
    digest_of,
    hides,
)
from services.certs.proof.refusals import (
    NotYetValid,
    ProofExpired,
    ProofForged,
    ProofTooLong,
    ProofUnreadable,
)
from services.certs.proof.status import Slot
from services.certs.proof.trust import Trust
from services.kernel.errors import Refusal
from services.kernel.keys import jws

_MOST_DISCLOSURES = 512
_LEEWAY = timedelta(seconds=5)
_HEADER = {"alg", "kid", "typ"}
# Whichever is named, the key decides: one of the list is for one of them.
_SUITES = ("ES256", "SM2")
_TRIPLE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was signed and shown. `doubt`: what the list of keys has against the issuer, if anything.

    `id`: of the certificate, the same in all its editions. `kept_back`: how many claims stand in it that
    were not shown. `ends_at`: the first moment after it.
    """

    id: str | None
    issuer: str
    type: str
    key_id: str
    issued_at: datetime
    begins_at: datetime | None
    ends_at: datetime | None
    slot: Slot | None
    claims: Mapping[str, Any]
    fields: Mapping[str, Any]
    kept_back: int
    doubt: Refusal | None

    def check_time(self, *, at: datetime) -> None:
        """ProofExpired, NotYetValid."""
        if self.ends_at and at >= self.ends_at:
            raise ProofExpired(f"it was valid until {self.ends_at:%Y-%m-%d %H:%M:%S} UTC")
        begins = max(self.issued_at - _LEEWAY, self.begins_at or self.issued_at - _LEEWAY)
        if at < begins:
            raise NotYetValid(f"it is valid from {begins:%Y-%m-%d %H:%M:%S} UTC")


def read_vc(token: str, trust: Trust, *, at: datetime) -> Verified:
    """Give what an authority of the list signed, in time; or raise why not. Its status is another matter."""
    verified = open_vc(token, trust)
    if verified.doubt:
        raise verified.doubt
    verified.check_time(at=at)
    return verified


def claim_in(token: str, name: str) -> str | None:
    """A text as the token says it, before anything is believed: to know where to look for more."""
    signed = token.partition("~")[0]
    try:
        return jws.texts(jws.read(signed, longest=LONGEST_SIGNED).claims, name, longest=1024)[0]
    except jws.NotHeld:
        return None


def open_vc(token: str, trust: Trust) -> Verified:
    """Check form and signature alone.

    ProofUnreadable, ProofTooLong, ProofForged, KeyNotListed, KeyDead, SuiteMissing.
    """
    if len(token) > LONGEST:
        raise ProofTooLong(f"{len(token)} characters; {LONGEST} at most are read")
    signed, *disclosures = token.split("~")
    if not disclosures or disclosures.pop():
        raise ProofUnreadable("needed <JWT>~<disclosure>~...~, ending in ~: no holder's key is expected")
    if len(disclosures) > _MOST_DISCLOSURES:
        raise ProofTooLong(f"{len(disclosures)} disclosures; {_MOST_DISCLOSURES} at most are read")
    try:
        said = jws.read(signed, longest=LONGEST_SIGNED)
        kid, iss = _header(said.header), jws.texts(said.claims, "iss", longest=1024)[0]
        key, doubt = trust.key_for(iss, kid)
        body = _proved(said, key)
        return _verified(body, disclosures, kid, doubt)
    except jws.NotHeld as error:
        raise ProofUnreadable(str(error)) from error


def _header(header: Mapping[str, Any]) -> str:
    """No algorithm but our two; no key, or address of one, that the token brings along (jku, x5c, jwk)."""
    if set(header) != _HEADER or header["typ"] != CREDENTIAL or header["alg"] not in _SUITES:
        raise ProofUnreadable(
            f"needed alg ES256 or SM2, typ {CREDENTIAL} and kid, and nothing else, in the header"
        )
    return jws.texts(header, "kid")[0]


def _proved(said: jws.Unverified, key: jws.CheckingKey) -> Mapping[str, Any]:
    try:
        return said.verified(key)
    except jws.NotHeld as error:
        raise ProofForged(str(error)) from error


def _verified(
    body: Mapping[str, Any], disclosures: Sequence[str], kid: str, doubt: Refusal | None
) -> Verified:
    iss, vct = jws.texts(body, "iss", "vct", longest=1024)
    if body.get("_sd_alg", "sha-256") != "sha-256":
        raise ProofUnreadable("_sd_alg: sha-256 alone is taken")
    fields = body.get("fields", {})
    if not isinstance(fields, dict) or fields.keys() - {"_sd"}:
        raise ProofUnreadable("fields: needed nothing but _sd")
    shown = _by_digest(disclosures)
    top, inner = _digests(body), _digests(fields)
    if len({*top, *inner}) != len(top) + len(inner):
        raise ProofUnreadable("a digest stands twice")
    claims, said = _found(top, shown), _found(inner, shown)
    if len(claims) + len(said) != len(shown):
        raise ProofForged("something was added that was not signed, or stands twice")
    return Verified(
        id=jws.texts(body, "jti", longest=128)[0] if "jti" in body else None,
        issuer=iss,
        type=vct,
        key_id=kid,
        issued_at=_moment(body, "iat"),
        begins_at=_moment(body, "nbf") if "nbf" in body else None,
        ends_at=_moment(body, "exp") if "exp" in body else None,
        slot=_slot(body.get("status")),
        claims=claims,
        fields=said,
        kept_back=len(top) + len(inner) - len(shown),
        doubt=doubt,
    )


def _moment(body: Mapping[str, Any], name: str) -> datetime:
    return datetime.fromtimestamp(jws.seconds(body, name), UTC)


def _slot(status: object) -> Slot | None:
    """None: it says nothing of its status, or not in a form that is known."""
    said = status.get("status_list") if isinstance(status, dict) else None
    if not isinstance(said, dict):
        return None
    index, uri = said.get("idx"), said.get("uri")
    if isinstance(index, bool) or not isinstance(index, int) or index < 0 or not isinstance(uri, str):
        return None
    return Slot(uri=uri, index=index)


def _digests(level: Mapping[str, Any]) -> Sequence[str]:
    said = level.get("_sd", [])
    if not isinstance(said, list) or not all(isinstance(one, str) for one in said):
        raise ProofUnreadable("_sd: needed a list of texts")
    return said


def _by_digest(disclosures: Sequence[str]) -> Mapping[str, tuple[str, Any]]:
    """Name and value of each disclosure, under what must stand in the signed part."""
    shown = {}
    for one in disclosures:
        said = jws.value_of(one)
        if not isinstance(said, list) or len(said) != _TRIPLE:
            raise ProofUnreadable("a disclosure is a list of salt, name and value")
        salt, name, value = said
        if not isinstance(salt, str) or not isinstance(name, str) or name in NEVER_HIDDEN or hides(value):
            raise ProofUnreadable("a disclosure is of a salt, a name that is not reserved, and a plain value")
        shown[digest_of(one)] = (name, value)
    if len(shown) != len(disclosures):
        raise ProofForged("the same disclosure stands twice")
    return shown


def _found(digests: Sequence[str], shown: Mapping[str, tuple[str, Any]]) -> Mapping[str, Any]:
    return dict(shown[one] for one in digests if one in shown)
