"""Content that travels sealed to one service: JWE, ECDH-ES with A256GCM (RFC 7516, RFC 7518).

The protected header repeats what the event says beside it, so that sealed content cannot be
moved to another event: type, holder and version are compared on opening.
Sealed by hand in half of joserfc's time, which opens it: what comes from elsewhere is read by the library.
"""

import os
from collections.abc import Mapping
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import ECDH, EllipticCurvePublicKey, generate_private_key
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from joserfc.registry import HeaderParameter
from jwt.utils import base64url_encode

from services.kernel.errors import Invalid

_PLACE = ("ce_type", "holder_id", "version")
_ENC, _KEY, _NONCE, _TAG = "A256GCM", 32, 12, 16
# RFC 7518, 4.6.2, for direct agreement: the algorithm, nothing about the parties, the key's length in bits.
_KDF_INFO = len(_ENC).to_bytes(4) + _ENC.encode() + bytes(8) + (8 * _KEY).to_bytes(4)


class SealBroken(Invalid):
    """Not sealed to us, not for this event, or changed on the way."""

    code = "seal_broken"


def _registry() -> jwe.JWERegistry:
    registry = jwe.JWERegistry(
        header_registry={
            "ce_type": HeaderParameter("Type of the event", "str", required=True),
            "holder_id": HeaderParameter("Holder the event is about", "str", required=True),
            "version": HeaderParameter("Version of the aggregate", "int", required=True),
        },
        algorithms=["ECDH-ES", "A256GCM"],
    )
    # Kafka takes messages up to 1 MB; Base64 leaves this much of it.
    registry.max_ciphertext_length = 700_000
    return registry


_REGISTRY = _registry()


def _newest(keys: list[ECKey]) -> ECKey:
    """Pick the highest n of kid `<service>-<n>`."""
    return max(keys, key=lambda key: int(str(key.kid).rpartition("-")[2]))


class Sealer:
    """Seals with the newest public key of the service that will read."""

    def __init__(self, public_jwks: Mapping[str, Any]) -> None:
        by_service: dict[str, list[ECKey]] = {}
        for jwk in public_jwks["keys"]:
            by_service.setdefault(jwk["kid"].rpartition("-")[0], []).append(ECKey.import_key(jwk))
        self._keys = {service: _newest(keys) for service, keys in by_service.items()}

    def seal(self, service: str, content: bytes, *, event_type: str, holder_id: str, version: int) -> str:
        """Give a compact JWE that only this service can open, for this event only."""
        key = self._keys[service]
        epk, agreed = _agreed(key.public_key)
        place = dict(zip(_PLACE, (event_type, holder_id, version), strict=True))
        header = {"alg": "ECDH-ES", "enc": _ENC, "kid": key.kid, "epk": epk, **place}
        protected, nonce = base64url_encode(msgspec.json.encode(header)), os.urandom(_NONCE)
        sealed = AESGCM(agreed).encrypt(nonce, content, protected)
        said = map(base64url_encode, (nonce, sealed[:-_TAG], sealed[-_TAG:]))
        return b".".join((protected, b"", *said)).decode()


def _agreed(public: EllipticCurvePublicKey) -> tuple[Mapping[str, str], bytes]:
    """A key pair for this one message: its public half as a JWK, and what both sides derive of it."""
    pair = generate_private_key(public.curve)
    key = ConcatKDFHash(SHA256(), _KEY, _KDF_INFO).derive(pair.exchange(ECDH(), public))
    numbers, size = pair.public_key().public_numbers(), (public.key_size + 7) // 8
    x, y = (base64url_encode(number.to_bytes(size)).decode() for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": f"P-{public.key_size}", "x": x, "y": y}, key


class Opener:
    """Opens with whichever of the service's private keys, old or new, it was sealed to."""

    def __init__(self, private_jwks: Mapping[str, Any]) -> None:
        self._keys = {jwk["kid"]: ECKey.import_key(jwk) for jwk in private_jwks["keys"]}

    def open(self, text: str, *, event_type: str, holder_id: str, version: int) -> bytes:
        """Give the content back, or raise SealBroken."""
        try:
            sealed = jwe.decrypt_compact(text, self._key, registry=_REGISTRY)
        except (JoseError, InvalidTag, ValueError, TypeError, KeyError) as error:
            raise SealBroken(f"not sealed to a key of ours, or changed: {type(error).__name__}") from error
        found = tuple(sealed.protected.get(name) for name in _PLACE)
        if found != (event_type, holder_id, version) or sealed.plaintext is None:
            raise SealBroken(
                f"sealed for {found[0]} v{found[2]}, met in {event_type} v{version}, or another holder"
            )
        return sealed.plaintext

    def _key(self, recipient: Any) -> ECKey:  # noqa: ANN401 - joserfc's own protocol
        return self._keys[recipient.headers()["kid"]]
