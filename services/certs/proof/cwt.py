"""The status list as CWT: the same claims under numbers, in a COSE_Sign1 (draft-ietf-oauth-status-list, 5.2).

ES256 alone: COSE has no number for SM2 (the one that a draft once asked for, -48, is ML-DSA-44's now).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cbor2
from jwt.utils import base64url_decode

from services.certs.proof import cbor
from services.certs.proof.status import MEDIA_TYPE_CWT
from services.kernel.keys.jws import CheckingKey, NotHeld
from services.kernel.keys.rings import SigningKey

# RFC 9052, 4.2: tag 18 before an array of four. A JWT never begins so.
BEGINNING = b"\xd2\x84"
# RFC 9052, 3.1; RFC 9596, 2; RFC 9053, 2.1.
_ALG, _KID, _TYP = 1, 4, 16
_ES256 = -7
_TAG = b"\xd2"
# RFC 8392, 4; the last two as the draft asks IANA for them (14.3).
_NUMBERS = {"iss": 1, "sub": 2, "exp": 4, "iat": 6, "ttl": 65534, "status_list": 65533}
_NAMES = {number: name for name, number in _NUMBERS.items()}
_PARTS = 4

Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedCwt:
    """What it says of itself; nothing is believed yet. `claims` have the names of a JWT, `lst` its bytes."""

    kid: str
    claims: Claims
    signed: bytes
    signature: bytes

    def verified(self, key: CheckingKey) -> Claims:
        """Give the claims if this key signed them; NotHeld."""
        if key.algorithm_name != "ES256":
            raise NotHeld(f"the key is for {key.algorithm_name} and nothing else")
        if not key.Algorithm.verify(self.signed, key.key, self.signature):
            raise NotHeld("the signature does not hold")
        return self.claims


def sign_cwt(claims: Claims, key: SigningKey) -> bytes:
    """Give the list that `pack` gave, as CWT: its key id in the protected header, and never tagged twice."""
    if key.algorithm != "ES256":
        raise ValueError(f"a list as CWT is signed with ES256, and the key is for {key.algorithm}")
    listed = claims["status_list"]
    said = {_NUMBERS[name]: value for name, value in claims.items()}
    said[_NUMBERS["status_list"]] = listed | {"lst": base64url_decode(listed["lst"])}
    protected = cbor2.dumps({_ALG: _ES256, _KID: key.key_id.encode(), _TYP: MEDIA_TYPE_CWT}, canonical=True)
    payload = cbor2.dumps(said, canonical=True)
    signature = key.sign(_to_sign(protected, payload))
    return _TAG + cbor2.dumps([protected, {}, payload, signature])


def open_cwt(token: bytes, *, longest: int) -> OpenedCwt:
    """Take it apart; NotHeld unless it is a tagged COSE_Sign1 of this type with a map inside."""
    if len(token) > longest:
        raise NotHeld(f"{len(token)} bytes; {longest} at most are read")
    if not token.startswith(BEGINNING):
        raise NotHeld("not a tagged COSE_Sign1")
    try:
        parts = cbor.read(token[1:])
        if not isinstance(parts, list) or len(parts) != _PARTS:
            raise NotHeld("needed an array of four")
        protected, unprotected, payload, signature = parts
        if not (isinstance(protected, bytes) and isinstance(payload, bytes) and isinstance(signature, bytes)):
            raise NotHeld("needed bytes as protected header, payload and signature")
        kid, claims = _header(cbor.read(protected), unprotected), cbor.read(payload)
    except cbor.NotCbor as error:
        raise NotHeld(f"not CBOR that is read: {error}") from error
    if not isinstance(claims, dict):
        raise NotHeld("a map is needed")
    named = {_NAMES[name]: value for name, value in claims.items() if name in _NAMES}
    return OpenedCwt(kid=kid, claims=named, signed=_to_sign(protected, payload), signature=signature)


def _header(protected: cbor.Item, unprotected: cbor.Item) -> str:
    """Algorithm, type and key id, and nothing else: no key, no certificate, nothing critical.

    The key id alone may stand unprotected, as in the draft's own example: another finds no key, or fails.
    """
    if not isinstance(protected, dict) or not isinstance(unprotected, dict):
        raise NotHeld("a header is a map")
    both = {**unprotected, **protected}
    if set(both) != {_ALG, _KID, _TYP} or set(unprotected) - {_KID} or _KID in unprotected.keys() & protected:
        raise NotHeld(f"needed alg, kid and typ alone, and of these kid alone unprotected: got {set(both)}")
    kid, typ = both[_KID], both[_TYP]
    if both[_ALG] != _ES256 or not isinstance(typ, str) or typ.lower() != MEDIA_TYPE_CWT:
        raise NotHeld(f"needed ES256 and the type {MEDIA_TYPE_CWT}")
    if not isinstance(kid, bytes):
        raise NotHeld("a key id is bytes")
    return kid.decode(errors="replace")


def _to_sign(protected: bytes, payload: bytes) -> bytes:
    """RFC 9052, 4.4."""
    return cbor2.dumps(["Signature1", protected, b"", payload])
