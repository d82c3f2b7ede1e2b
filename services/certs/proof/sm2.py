"""SM2 with SM3 (GB/T 32918.2-2016, 32905-2016): the other suite that an authority may sign with.

A JWK of kty EC and crv SM2, alg SM2. IANA has registered neither name: they are those that an Internet-Draft
proposed (draft-dang-webauthn-sm2, expired in 2022) and that implementations use. Signatures are r and s of 32
bytes each, as ES256 has them.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from services.certs.proof.evp import Key, libcrypto
from services.certs.proof.libcrypto import LibcryptoFailed, LibcryptoMissing
from services.certs.proof.refusals import SuiteMissing
from services.kernel.errors import Unavailable

Jwk = dict[str, Any]

SM2 = "SM2"
# GB/T 32918.5-2017, the recommended curve: y^2 = x^3 + ax + b over the integers modulo p; n points.
_FIELD = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_A = _FIELD - 3
_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_HALF = 32
_WHOLE = 64


class Sm2PublicKey:
    """In the shape of PyJWT's `PyJWK`, so that what checks a token need not know which suite it is of."""

    algorithm_name = SM2

    def __init__(self, jwk: Mapping[str, Any]) -> None:
        """ValueError, KeyError or TypeError unless it is a point of the curve. Needs no libcrypto."""
        if (jwk["kty"], jwk["crv"]) != ("EC", SM2) or jwk.get("alg", SM2) != SM2:
            raise ValueError("not an SM2 key")
        self.point = _half(jwk["x"]) + _half(jwk["y"])
        x, y = int.from_bytes(self.point[:_HALF]), int.from_bytes(self.point[_HALF:])
        if not (x < _FIELD and y < _FIELD) or (y * y - (x * x + _A) * x - _B) % _FIELD:
            raise ValueError("not a point of the curve")

    @property
    def key(self) -> "Sm2PublicKey":
        return self

    @property
    def Algorithm(self) -> type["Sm2PublicKey"]:  # noqa: N802 - PyJWT's name for it
        return Sm2PublicKey

    @staticmethod
    def verify(msg: bytes, key: "Sm2PublicKey", sig: bytes) -> bool:
        """Whether it holds; SuiteMissing where this machine cannot tell."""
        if len(sig) != _WHOLE:
            return False
        r, s = int.from_bytes(sig[:_HALF]), int.from_bytes(sig[_HALF:])
        if not (0 < r < ORDER and 0 < s < ORDER):
            return False
        try:
            return libcrypto().verify(key.held, msg, encode_dss_signature(r, s))
        except (LibcryptoMissing, LibcryptoFailed) as error:
            raise SuiteMissing(f"SM2 cannot be checked here: {error}") from error

    @cached_property
    def held(self) -> Key:
        """As libcrypto holds it."""
        return libcrypto().key(self.point)


class Sm2SigningKey:
    """A JWK in memory, behind the port of every key that signs."""

    algorithm = SM2

    def __init__(self, jwk: Mapping[str, Any]) -> None:
        """ValueError, KeyError or TypeError unless it is a private key."""
        self.key_id = str(jwk["kid"])
        self._point, self._secret = Sm2PublicKey(jwk).point, int.from_bytes(_half(jwk["d"]))
        if not 0 < self._secret < ORDER - 1:
            raise ValueError("not a private number of SM2")

    def sign(self, message: bytes) -> bytes:
        """Unavailable where libcrypto is not there: what is to be signed waits for it."""
        try:
            r, s = decode_dss_signature(libcrypto().sign(self._held, message))
        except (LibcryptoMissing, LibcryptoFailed) as error:
            raise Unavailable(f"nothing can be signed with SM2 here: {error}") from error
        return r.to_bytes(_HALF) + s.to_bytes(_HALF)

    @cached_property
    def _held(self) -> Key:
        return libcrypto().key(self._point, self._secret)


def new_sm2_key() -> Jwk:
    """A private JWK; its kid is its thumbprint (RFC 7638). Unavailable without libcrypto."""
    try:
        secret, point = libcrypto().generate()
    except (LibcryptoMissing, LibcryptoFailed) as error:
        raise Unavailable(f"no SM2 key can be made here: {error}") from error
    public = {"crv": SM2, "kty": "EC", "x": _text(point[:_HALF]), "y": _text(point[_HALF:])}
    return public | {
        "d": _text(secret.to_bytes(_HALF)),
        "use": "sig",
        "alg": SM2,
        "kid": thumbprint(public),
    }


def thumbprint(public: Mapping[str, Any]) -> str:
    """RFC 7638, 3, as for any curve."""
    said = json.dumps({name: public[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":"))
    return _text(hashlib.sha256(said.encode()).digest())


def missing() -> str:
    """Why this machine cannot do SM2; empty where it can."""
    try:
        libcrypto()
    except LibcryptoMissing as error:
        return str(error)
    return ""


def _half(text: object) -> bytes:
    """32 bytes: RFC 7518, 6.2.1.2 wants the whole length."""
    if not isinstance(text, str):
        raise TypeError("a number of a key is a text")
    found = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if len(found) != _HALF:
        raise ValueError(f"{len(found)} bytes; a number of a key has {_HALF}")
    return found


def _text(number: bytes) -> str:
    return base64.urlsafe_b64encode(number).decode().rstrip("=")
