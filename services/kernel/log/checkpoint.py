"""The signed head of a log: a checkpoint (c2sp.org/tlog-checkpoint) in a signed note (c2sp.org/signed-note).

The form that witnesses cosign and that the tools of Certificate Transparency and Sigstore read; a JWS is
neither. The platform's keys are P-256, so the signature is of type 0x02: ECDSA with SHA-256, in DER.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import jwt
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.kernel.keys.jws import NotHeld
from services.kernel.keys.rings import KeyRing
from services.kernel.keys.secrets import Jwks

_NOTE = re.compile(
    r"(?P<origin>[^\s+]+)\n(?P<size>0|[1-9][0-9]{0,17})\n(?P<root>[A-Za-z0-9+/]{43}=)\n\n(?:— \S+ \S+\n)+"
)
_LINE = re.compile(r"— (\S+) (\S+)")
_HALF = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """How many leaves, and the root over them; `origin` is the name of the log (a URL without scheme)."""

    origin: str
    size: int
    root: bytes

    def text(self) -> bytes:
        """What is signed: three lines. The format advises against more of them."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n".encode()


class NoteSigner:
    """Signs a note's text with whichever key of the ring is current."""

    def __init__(self, ring: KeyRing, name: str) -> None:
        self._ring = ring
        self._name = name

    def sign(self, text: bytes) -> str:
        """Give the signature line; `name` is the log's origin."""
        key = self._ring.current
        published = next(one for one in self._ring.published["keys"] if one["kid"] == key.key_id)
        raw = key.sign(text)
        der = encode_dss_signature(int.from_bytes(raw[:_HALF]), int.from_bytes(raw[_HALF:]))
        return f"— {self._name} {b64encode(_note_key_id(_public(published)) + der).decode()}\n"


def note(checkpoint: Checkpoint, signature: str) -> str:
    return f"{checkpoint.text().decode()}\n{signature}"


def read(signed_note: str) -> Checkpoint:
    """What a note says, unverified; NotHeld if it is no checkpoint."""
    if not (parts := _NOTE.fullmatch(signed_note)):
        raise NotHeld("not a checkpoint")
    return Checkpoint(origin=parts["origin"], size=int(parts["size"]), root=b64decode(parts["root"]))


def checked(signed_note: str, *, origin: str, jwks: Jwks) -> Checkpoint:
    """Give the checkpoint if this log signed it with one of these keys; NotHeld.

    Signatures of others, of witnesses for example, are passed over.
    """
    found = read(signed_note)
    if found.origin != origin or found.text().decode() != signed_note[: signed_note.index("\n\n") + 1]:
        raise NotHeld(f"not a checkpoint of {origin}")
    keys = {_note_key_id(key): key for key in map(_public, jwks["keys"])}
    lines = signed_note.removeprefix(f"{found.text().decode()}\n").splitlines()
    held = [_held(line, origin, keys, found.text()) for line in lines]
    if not any(held):
        raise NotHeld("no signature of a known key")
    return found


def _held(line: str, origin: str, keys: Mapping[bytes, EllipticCurvePublicKey], text: bytes) -> bool:
    """Whether a known key signed; one that is known and does not fit spoils the note."""
    parts = _LINE.fullmatch(line)
    if parts is None or parts[1] != origin:
        return False
    try:
        signed = b64decode(parts[2], validate=True)
        if b64encode(signed).decode() != parts[2]:
            raise NotHeld("the signature is not in the one form that it has")
        if (key := keys.get(signed[:4])) is None:
            return False
        key.verify(signed[4:], text, ECDSA(SHA256()))
    except (InvalidSignature, ValueError) as error:
        raise NotHeld("the signature does not hold") from error
    return True


def _public(jwk: Mapping[str, Any]) -> EllipticCurvePublicKey:
    public: EllipticCurvePublicKey = jwt.PyJWK(dict(jwk), algorithm="ES256").key
    return public


def _note_key_id(key: EllipticCurvePublicKey) -> bytes:
    """The first four bytes of SHA-256 over the key as SubjectPublicKeyInfo in DER."""
    return sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()[:4]
