"""A certificate as SD-JWT VC: signed once, shown in part.

By hand over the kernel's signer: it is these few lines, and the key stays behind its port, where `sd-jwt`
wants the key itself and takes 2.7 times as long to issue, 1.5 times to read. Two libraries of others read it
in tests.
Form: RFC 9901 and draft-ietf-oauth-sd-jwt-vc.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, date, datetime, time, timedelta
from typing import Any

import msgspec
from jwt.utils import base64url_encode

from services.certs.proof.status import Slot
from services.kernel.clock import SHANGHAI
from services.kernel.keys import jws
from services.kernel.keys.rings import Signer

CREDENTIAL = "dc+sd-jwt"
# What a reader takes, and we therefore never exceed: the whole, and its signed part (about 250 claims).
LONGEST = 256 * 1024
LONGEST_SIGNED = 16 * 1024
# Says of itself; or, in a disclosure, would change what was signed in the open (SD-JWT VC, 2.2.2).
NEVER_HIDDEN = frozenset(
    {
        "iss",
        "jti",
        "iat",
        "nbf",
        "exp",
        "cnf",
        "vct",
        "vct#integrity",
        "status",
        "fields",
        "_sd",
        "_sd_alg",
        "...",
    }
)
# Bytes of chance a claim (RFC 9901, 9.3 wants 16 at least), of which Base64 makes whole characters.
_SALT, _SALTED = 18, 24
_ENCODED = msgspec.json.Encoder().encode

Claims = Mapping[str, object]
Salts = Callable[[int], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What is signed of a certificate.

    In the open: `id` (the same in all editions; whoever is online asks for it), `issuer` and `type` (see
    Addresses), times and where the status is. Each of `claims`
    (identifier, name, holder_name, ...) and of `fields` (what only this type has) can be shown or kept back
    by itself; one that is None is left out. No `sub`: nothing links two certificates of one holder.
    """

    id: str
    issuer: str
    type: str
    issued_at: datetime
    valid_from: date | None
    valid_to: date | None
    status: Slot
    claims: Claims
    fields: Claims


def issue_vc(credential: Credential, signer: Signer, *, salts: Salts) -> str:
    """Give `<JWT>~<disclosure>~...~`; `salts(n)` gives n bytes of chance."""
    disclosures, digests = _hidden(credential.claims, salts)
    hidden, field_digests = _hidden(credential.fields, salts)
    body: dict[str, Any] = {
        "iss": credential.issuer,
        "jti": credential.id,
        "vct": credential.type,
        "iat": int(credential.issued_at.timestamp()),
        "status": {"status_list": {"idx": credential.status.index, "uri": credential.status.uri}},
        "_sd_alg": "sha-256",
        "_sd": digests,
        **_validity(credential),
    }
    if field_digests:
        body["fields"] = {"_sd": field_digests}
    signed = signer.sign(body, typ=CREDENTIAL)
    token = "~".join((signed, *disclosures, *hidden, ""))
    if len(signed) > LONGEST_SIGNED or len(token) > LONGEST:
        raise ValueError(
            f"{len(digests) + len(field_digests)} claims in {len(token)} bytes: nobody reads so many"
        )
    return token


def disclose(token: str, names: Collection[str]) -> str:
    """Keep back everything but these: `identifier`, `holder_name`, `fields.scope`, `fields.*`.

    A name that this certificate does not have is passed over: fields may be missing. For a token of
    our own: nothing is checked but its form; NotHeld.
    """
    signed, *disclosures, _ = token.split("~")
    fields = jws.read(signed, longest=LONGEST_SIGNED).claims.get("fields", {})
    inner = frozenset(fields.get("_sd", ()))
    kept = [one for one in disclosures if _asked(one, inner, names)]
    return "~".join((signed, *kept, ""))


def shown_in(token: str) -> dict[str, object]:
    """Give all that one of our own says, by the names of `Credential.claims`, and `fields`; as `disclose`."""
    signed, *disclosures, _ = token.split("~")
    inner = frozenset(jws.read(signed, longest=LONGEST_SIGNED).claims.get("fields", {}).get("_sd", ()))
    claims: dict[str, object] = {}
    fields: dict[str, object] = {}
    for one in disclosures:
        said = jws.value_of(one)
        if not isinstance(said, list):
            raise jws.NotHeld("a disclosure is a list")
        _, name, value = said
        (fields if digest_of(one) in inner else claims)[name] = value
    return claims | {"fields": fields}


def digest_of(disclosure: str) -> str:
    """RFC 9901, 4.2.3: over the Base64url text, not over what it stands for."""
    return base64url_encode(hashlib.sha256(disclosure.encode()).digest()).decode()


def hides(value: object) -> bool:
    """Whether what is disclosed has digests in it: neither issued nor read."""
    if isinstance(value, Mapping):
        return bool({"_sd", "..."} & value.keys()) or any(map(hides, value.values()))
    return isinstance(value, list | tuple) and any(map(hides, value))


def _asked(disclosure: str, inner: Collection[str], names: Collection[str]) -> bool:
    said = jws.value_of(disclosure)
    if not isinstance(said, list):
        raise jws.NotHeld("a disclosure is a list")
    if digest_of(disclosure) in inner:
        return f"fields.{said[1]}" in names or "fields.*" in names
    return said[1] in names


def _hidden(claims: Claims, salts: Salts) -> tuple[list[str], list[str]]:
    """The disclosures, and their digests in an order that says nothing."""
    if odd := NEVER_HIDDEN & set(claims):
        raise ValueError(f"{', '.join(sorted(odd))}: not a name for a claim of a certificate")
    said = [(name, value) for name, value in claims.items() if value is not None]
    if any(not isinstance(value, str) and hides(value) for _, value in said):
        raise ValueError("a value is plain: no digests are hidden in it")
    chance = base64url_encode(salts(_SALT * len(said))).decode()
    disclosures = [
        base64url_encode(_ENCODED((chance[place * _SALTED : (place + 1) * _SALTED], *one))).decode()
        for place, one in enumerate(said)
    ]
    return disclosures, sorted(map(digest_of, disclosures))


def _validity(credential: Credential) -> dict[str, int]:
    """Civil dates in China, to the end of the last day (`exp` is the first second after it).

    Left out where it is not bounded, and where seconds since 1970 cannot say it.
    """
    said = {}
    if credential.valid_from and (begins := _midnight(credential.valid_from)) > 0:
        said["nbf"] = begins
    if credential.valid_to and credential.valid_to.year < MAXYEAR:
        said["exp"] = _midnight(credential.valid_to + timedelta(days=1))
    return said


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time(), SHANGHAI).timestamp())
