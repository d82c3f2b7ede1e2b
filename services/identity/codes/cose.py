"""Signing and checking codes by COSE; hiding the holder by AES-SIV (RFC 5297)."""

import base64
import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cwt import COSE, COSEKey, CWTError
from cwt.cose_key_interface import COSEKeyInterface

from services.identity.codes.layout import (
    Opened,
    framed,
    key_id_of,
    opened,
    payload_of,
    to_be_signed,
    unwrapped,
    wrapped,
)
from services.identity.domain.codes import CodeForged, CodeKeyUnknown, Emergency, Shown
from services.kernel.holders import HolderId
from services.kernel.keys.rings import KeyRing
from services.kernel.keys.secrets import Jwks

# RFC 9052, 3.1 and 7.1; RFC 9053, 2.1 and 7.1.
_ALG, _KID, _ES256 = 1, 4, -7
_KTY, _KEY_ID, _KEY_ALG, _CRV, _X, _Y = 1, 2, 3, -1, -2, -3
_EC2, _P256 = 2, 1

# 26 Base32 characters are 130 bits: 17 bytes, whose last six bits tell a holder's id from a mandate's.
_ID_BYTES, _ID_CHARACTERS, _SPARE = 17, 26, 0b111111
_HOLDER, _MANDATE = 0, 1
# When the session began, in milliseconds before the code's end; 0: not said. 2^32: 49 days; sessions have 30.
_BEGUN_BYTES, _CHANCE_BYTES, _OLDEST = 4, 4, 2**32 - 1


class CodeReader:
    """Checks with public keys alone."""

    def __init__(self, public: Jwks) -> None:
        self._keys = {str(jwk["kid"]): _reading(jwk) for jwk in public["keys"]}
        self._cose = COSE.new()

    def open(self, text: str) -> Opened:
        """The signature is checked before anything is believed."""
        signed = unwrapped(text)
        key_id = key_id_of(signed)
        if key_id not in self._keys:
            raise CodeKeyUnknown(f"signed with key {key_id}, which is not one of ours, or not any more")
        try:
            payload = self._cose.decode(signed, self._keys[key_id])
        except (CWTError, ValueError) as error:
            raise CodeForged("the signature does not hold") from error
        return opened(key_id, payload)


class CoseCodes:
    """Writes with the current key of the ring and reads with all of them; `siv` hides the holder."""

    def __init__(self, ring: KeyRing, siv: bytes, *, chance: Callable[[int], bytes] = os.urandom) -> None:
        self._ring, self._siv, self._chance = ring, AESSIV(siv), chance
        self._reader = (ring.published, CodeReader(ring.published))

    @property
    def published(self) -> Jwks:
        """The public keys that codes are checked with."""
        return self._ring.published

    @property
    def dead_keys(self) -> tuple[str, ...]:
        """Ids of keys whose codes are refused everywhere."""
        return self._ring.dead

    def write(
        self,
        *,
        holder_id: HolderId | None = None,
        mandate_id: str | None = None,
        expires_at: datetime,
        begun_at: datetime | None = None,
        emergency: Emergency | None = None,
    ) -> str:
        """Two texts of one holder have nothing in common but the frame and, perhaps, the expiry."""
        plain = _packed(holder_id, mandate_id) + _before(expires_at, begun_at) + self._chance(_CHANCE_BYTES)
        cti = self._siv.encrypt(plain, None)
        key, payload = self._ring.current, payload_of(cti, expires_at, emergency)
        signature = key.sign(to_be_signed(key.key_id, payload))
        return wrapped(framed(key.key_id, payload, signature))

    def read(self, text: str) -> Shown:
        """What `CodeReader` reads, and whose it is."""
        public = self._ring.published
        if self._reader[0] is not public:
            self._reader = (public, CodeReader(public))
        said = self._reader[1].open(text)
        holder_id, mandate_id, before = self._whose(said.cti)
        return Shown(
            code_id=said.code_id,
            key_id=said.key_id,
            holder_id=holder_id,
            mandate_id=mandate_id,
            expires_at=said.expires_at,
            begun_at=said.expires_at - before if before else None,
            emergency=said.emergency,
        )

    def _whose(self, cti: bytes) -> tuple[HolderId | None, str | None, timedelta]:
        try:
            plain = self._siv.decrypt(cti, None)
        except InvalidTag as error:
            raise CodeForged("signed by us, with an id that we did not write") from error
        packed, begun = plain[:_ID_BYTES], plain[_ID_BYTES : _ID_BYTES + _BEGUN_BYTES]
        before = timedelta(milliseconds=int.from_bytes(begun))
        found = base64.b32encode(packed + bytes(3)).decode()[:_ID_CHARACTERS]
        is_mandate = packed[-1] & _SPARE == _MANDATE
        return None if is_mandate else HolderId(found), found if is_mandate else None, before


def _before(expires_at: datetime, begun_at: datetime | None) -> bytes:
    """As exact as clocks are kept, since a freeze and the next sign-in are compared by it."""
    before = (expires_at - begun_at) // timedelta(milliseconds=1) if begun_at else 0
    return min(max(before, 0), _OLDEST).to_bytes(_BEGUN_BYTES)


def siv_key(jwks: Jwks) -> bytes:
    """The key, beside those that sign, that hides the holder."""
    return next(_bytes(jwk["k"]) for jwk in jwks["keys"] if jwk["kid"] == "siv")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


def _reading(jwk: Mapping[str, Any]) -> COSEKeyInterface:
    kid, x, y = bytes.fromhex(jwk["kid"]), _bytes(jwk["x"]), _bytes(jwk["y"])
    return COSEKey.new({_KTY: _EC2, _CRV: _P256, _KEY_ALG: _ES256, _KEY_ID: kid, _X: x, _Y: y})


def _packed(holder_id: HolderId | None, mandate_id: str | None) -> bytes:
    if (holder_id is None) == (mandate_id is None):
        raise TypeError("a code is of a holder or of a mandate")
    packed = base64.b32decode((holder_id or mandate_id or "") + "A" * 6)[:_ID_BYTES]
    return packed if mandate_id is None else packed[:-1] + bytes([packed[-1] | _MANDATE])
