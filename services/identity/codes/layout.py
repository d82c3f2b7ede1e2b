"""How a code is laid out, byte by byte; nothing here knows a key.

Of a person, an enterprise or a mandate: 129 bytes, 198 characters; version 8 of a QR code at level M holds
221. An emergency code also says a masked name and concessions: at most 204 bytes, 310 characters; version
10 holds 311.
"""

import hashlib
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import base45
import cbor2

from services.identity.domain.codes import (
    CONCESSIONS,
    CodeForeign,
    CodeForged,
    CodeIncomplete,
    CodeUnreadable,
    Emergency,
)

T = TypeVar("T")

PREFIX = "YM1:"
CHARACTERS = 198
LONGEST = 310

# RFC 8392, 4; those of ours are in the range for private use (RFC 8392, 9.1: below -65536).
_EXP, _CTI = 4, 7
_NAME, _CONCESSIONS = -70001, -70002

# Tag 18, array of 4, protected {1: -7, 4: one byte}, an empty unprotected map, 51 to 126 bytes of payload, 64
# of signature. Whatever is laid out otherwise is not ours, and never meets a CBOR reader: cwt stumbles over a
# signature that is not bytes.
_BEFORE_KID = bytes.fromhex("d28446a201260441")
_AFTER_KID = bytes.fromhex("a058")
_BEFORE_SIGNATURE = bytes.fromhex("5840")
_TO_BE_SIGNED = bytes.fromhex("846a5369676e61747572653146a201260441")
_BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_LOW = [_BASE45[number % 45] + _BASE45[number // 45] for number in range(2025)]
_KID_AT, _PAYLOAD_AT, _SIGNATURE = 8, 12, 64
_PAYLOADS = range(51, 127)
_CTI_BYTES = 41
_NAME_BYTES = 54


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What anybody reads who has the public keys; whose code it is, identity alone can tell."""

    key_id: str
    cti: bytes
    expires_at: datetime
    emergency: Emergency | None

    @property
    def code_id(self) -> str:
        """The same at each reading of the same code."""
        return hashlib.sha256(self.cti).hexdigest()[:32]


def to_be_signed(key_id: str, payload: bytes) -> bytes:
    """The array "Signature1", protected, no external data, payload (RFC 9052, 4.4)."""
    return _TO_BE_SIGNED + bytes.fromhex(key_id) + b"\x40\x58" + bytes([len(payload)]) + payload


def framed(key_id: str, payload: bytes, signature: bytes) -> bytes:
    """A COSE_Sign1 by hand, in a third of the time that a library takes; read by one."""
    return b"".join(
        (
            _BEFORE_KID + bytes.fromhex(key_id),
            _AFTER_KID + bytes([len(payload)]) + payload,
            _BEFORE_SIGNATURE + signature,
        )
    )


def wrapped(signed: bytes) -> str:
    """The text that the QR code holds: Base45 (RFC 9285, 4), in a sixth of the time that `base45` takes."""
    pairs, last = divmod(len(signed), 2)
    numbers = struct.unpack(f">{pairs}H", signed[: 2 * pairs])
    whole = [_LOW[number % 2025] + _BASE45[number // 2025] for number in numbers]
    return "".join((PREFIX, *whole, _LOW[signed[-1]] if last else ""))


def unwrapped(text: str) -> bytes:
    """The signed bytes of a text laid out as ours, unchecked; blanks around it are a scanner's."""
    text = text.strip()
    if "\ufffd" in text or not any(character.isprintable() for character in text):
        raise CodeUnreadable("nothing was read, or not as text")
    if not text.startswith(PREFIX):
        raise CodeForeign(f"a code of ours begins with {PREFIX}")
    if not CHARACTERS <= len(text) <= LONGEST:
        raise CodeIncomplete(f"{len(text)} characters; a code of ours has {CHARACTERS} to {LONGEST}")
    try:
        signed: bytes = base45.b45decode(text.removeprefix(PREFIX))
    except ValueError as error:
        raise CodeIncomplete("not Base45") from error
    size = len(signed) - _PAYLOAD_AT - len(_BEFORE_SIGNATURE) - _SIGNATURE
    head = _BEFORE_KID + signed[_KID_AT : _KID_AT + 1] + _AFTER_KID
    framed = size in _PAYLOADS and signed.startswith(head + bytes([size]))
    if not framed or not signed.startswith(_BEFORE_SIGNATURE, _PAYLOAD_AT + size):
        raise CodeIncomplete("not laid out as a code of ours")
    return signed


def key_id_of(signed: bytes) -> str:
    """The key that it says it was signed with: two hexadecimal digits."""
    return signed[_KID_AT : _KID_AT + 1].hex()


def payload_of(cti: bytes, expires_at: datetime, emergency: Emergency | None) -> bytes:
    """What is signed."""
    claims: dict[int, Any] = {_EXP: int(expires_at.timestamp()), _CTI: cti}
    if emergency is not None:
        numbers = sorted(CONCESSIONS.index(one) for one in set(emergency.concessions))
        claims |= {_NAME: _fitting(emergency.name_masked), _CONCESSIONS: numbers}
    return cbor2.dumps(claims, canonical=True)


def opened(key_id: str, payload: bytes) -> Opened:
    """Read a payload whose signature holds: if ours, it is written as we write it."""
    try:
        claims = cbor2.loads(payload)
        if not isinstance(claims, dict) or cbor2.dumps(claims, canonical=True) != payload:
            raise CodeForged("signed by us, in another form than ours")
        return Opened(
            key_id=key_id,
            cti=_of_type(claims.pop(_CTI), bytes, _CTI_BYTES),
            expires_at=datetime.fromtimestamp(_of_type(claims.pop(_EXP), int), UTC),
            emergency=_emergency(claims) if claims else None,
        )
    except (cbor2.CBORDecodeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise CodeForged("signed by us, with claims that we do not write") from error


def _emergency(claims: dict[int, Any]) -> Emergency:
    """Concessions that were numbered after this was written are passed over."""
    name, numbers = _of_type(claims.pop(_NAME), str), _of_type(claims.pop(_CONCESSIONS), list)
    if claims:
        raise ValueError("more claims than ours")
    known = [CONCESSIONS[number] for number in numbers if 0 <= number < len(CONCESSIONS)]
    return Emergency(name_masked=name, concessions=tuple(known))


def _of_type(value: object, kind: type[T], size: int | None = None) -> T:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError(f"{type(value).__name__} in place of {kind.__name__}")
    if size is not None and len(value) != size:  # type: ignore[arg-type]  # asked for of bytes alone
        raise ValueError(f"not of {size} bytes")
    return value


def _fitting(name: str) -> str:
    """The name of a large enterprise is cut: the code has to stay within version 10."""
    whole = name.encode()
    return name if len(whole) <= _NAME_BYTES else whole[: _NAME_BYTES - 3].decode(errors="ignore") + "…"
