"""The craft of the code: `YM1:` + Base45 of a CWT signed with COSE ES256 (RFC 9052, RFC 8392, RFC 9285).

129 bytes, 198 characters; version 8 of a QR code at level M holds 221. An odd number of bytes ends in
two characters of which the last is one of 0-5: never in the blank that Base45 also uses, and that a
scanner or a form would cut off.
"""

import base64
import hashlib
import os
from collections.abc import Callable
from datetime import UTC, datetime

import base45
import cbor2
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cwt import COSE, COSEKey, CWTError
from cwt.cose_key_interface import COSEKeyInterface

from services.identity.domain import CodeForeign, CodeForged, Shown
from services.kernel.holders import HolderId
from services.kernel.keys.secrets import Jwks

PREFIX = "YM1:"
CHARACTERS = 198

# Labels and values of RFC 9052, 3.1 and 7.1, RFC 9053, 2.1 and 7.1, and RFC 8392, 4.
_ALG, _KID, _ES256 = 1, 4, -7
_KTY, _KEY_ID, _KEY_ALG, _CRV, _X, _Y, _D = 1, 2, 3, -1, -2, -3, -4
_EC2, _P256 = 2, 1
_EXP, _CTI = 4, 7

# Tag 18, array of 4, protected {1: -7, 4: one byte}, an empty unprotected map, 51 bytes of payload and 64 of
# signature. Whatever is laid out otherwise is not ours, and never meets a CBOR reader: cwt stumbles over a
# signature that is not bytes.
_BEFORE_KID = bytes.fromhex("d28446a201260441")
_AFTER_KID = bytes.fromhex("a05833")
_BEFORE_SIGNATURE = bytes.fromhex("5840")
_KID_AT = len(_BEFORE_KID)
_SIGNATURE_AT = 63

_HOLDER_BYTES = 17
_HOLDER_CHARACTERS = 26
_CHANCE_BYTES = 8


class CoseCodes:
    """Writes with the first EC key of the set and reads with all of them; `siv` hides the holder."""

    def __init__(self, jwks: Jwks, *, chance: Callable[[int], bytes] = os.urandom) -> None:
        pairs = [jwk for jwk in jwks["keys"] if jwk["kty"] == "EC"]
        self._kid = bytes.fromhex(pairs[0]["kid"])
        self._writer = _cose_key(pairs[0], private=True)
        self._readers = {bytes.fromhex(jwk["kid"]): _cose_key(jwk, private=False) for jwk in pairs}
        self._siv = AESSIV(next(_bytes(jwk["k"]) for jwk in jwks["keys"] if jwk["kid"] == "siv"))
        self._cose = COSE.new()
        self._chance = chance

    def write(self, holder_id: HolderId, *, expires_at: datetime) -> str:
        """Two texts of one holder have nothing in common but the frame and, perhaps, the expiry."""
        cti = self._siv.encrypt(_packed(holder_id) + self._chance(_CHANCE_BYTES), None)
        claims = cbor2.dumps({_EXP: int(expires_at.timestamp()), _CTI: cti})
        signed = self._cose.encode_and_sign(claims, self._writer, protected={_ALG: _ES256, _KID: self._kid})
        if not isinstance(signed, bytes):
            raise TypeError("COSE gives bytes unless it is asked for a tag")
        return PREFIX + str(base45.b45encode(signed), "ascii")

    def read(self, text: str) -> Shown:
        """The signature is checked before anything is believed; blanks around the text are a scanner's."""
        text = text.strip()
        if not text.startswith(PREFIX):
            raise CodeForeign(f"a code of ours begins with {PREFIX}")
        if len(text) != CHARACTERS:
            raise CodeForged(f"{len(text)} characters; a code of ours has {CHARACTERS}")
        expiry, cti = self._claims(text.removeprefix(PREFIX))
        return Shown(
            code_id=hashlib.sha256(cti).hexdigest()[:32],
            holder_id=self._holder(cti),
            expires_at=datetime.fromtimestamp(expiry, UTC),
        )

    def _claims(self, text: str) -> tuple[int, bytes]:
        try:
            signed = base45.b45decode(text)
        except ValueError as error:
            raise CodeForged("not Base45") from error
        kid = signed[_KID_AT : _KID_AT + 1]
        framed = signed.startswith(_BEFORE_KID + kid + _AFTER_KID)
        if not framed or not signed.startswith(_BEFORE_SIGNATURE, _SIGNATURE_AT) or kid not in self._readers:
            raise CodeForged("not laid out as a code of ours, or signed with a key that we do not have")
        try:
            claims = cbor2.loads(self._cose.decode(signed, self._readers[kid]))
        except (CWTError, ValueError) as error:
            raise CodeForged("the signature does not hold") from error
        return claims[_EXP], claims[_CTI]

    def _holder(self, cti: bytes) -> HolderId:
        try:
            return _unpacked(self._siv.decrypt(cti, None)[:_HOLDER_BYTES])
        except InvalidTag as error:
            raise CodeForged("signed by us, with the id of a holder that we did not write") from error


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


def _cose_key(jwk: dict[str, str], *, private: bool) -> COSEKeyInterface:
    names = {_X: "x", _Y: "y"} | ({_D: "d"} if private else {})
    coordinates = {label: _bytes(jwk[name]) for label, name in names.items()}
    kid = bytes.fromhex(jwk["kid"])
    return COSEKey.new({_KTY: _EC2, _CRV: _P256, _KEY_ALG: _ES256, _KEY_ID: kid, **coordinates})


def _packed(holder_id: HolderId) -> bytes:
    """26 Base32 characters are 130 bits: 17 bytes, of which the last six bits are nought."""
    return base64.b32decode(holder_id + "A" * 6)[:_HOLDER_BYTES]


def _unpacked(packed: bytes) -> HolderId:
    return HolderId(base64.b32encode(packed + bytes(3)).decode()[:_HOLDER_CHARACTERS])
