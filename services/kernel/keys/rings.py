"""Key rings: a key is published before it signs and stays while what it signed lives.

Behind `KeyRing` an HSM or a KMS may stand; here it is a file of JWKs with a `state`: next, current,
previous, or dead (its id only). Without states the first pair is current.
"""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from jwt.utils import base64url_encode

from services.kernel.keys.secrets import Jwks, SecretUnusable, public_jwks, read_jwks

log = logging.getLogger("yima.keys")


class SigningKey(Protocol):
    """One private key, wherever it is kept."""

    @property
    def key_id(self) -> str:
        """Its `kid`."""
        ...

    @property
    def algorithm(self) -> str:
        """`alg` of what it signs: ES256, or the other suite of a ring that has one."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Give r and s of 32 bytes each (RFC 7518, 3.4)."""
        ...


class KeyRing(Protocol):
    """The keys of one use. What is given changes when keys do: ask each time."""

    @property
    def current(self) -> SigningKey:
        """The one that signs."""
        ...

    @property
    def published(self) -> Jwks:
        """The public halves that hold: next, current, previous. The same object until a key changes."""
        ...

    @property
    def dead(self) -> tuple[str, ...]:
        """Ids of keys that are worth nothing any more."""
        ...


class HeldKey:
    """A JWK in memory, for ES256."""

    algorithm = "ES256"

    def __init__(self, jwk: Mapping[str, Any]) -> None:
        self.key_id = str(jwk["kid"])
        self._key: EllipticCurvePrivateKey = jwt.PyJWK(dict(jwk), algorithm="ES256").key

    def sign(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(self._key.sign(message, ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class HeldRing:
    """Keys in memory. `held`: makes the one that signs of its JWK; ES256 unless said otherwise."""

    current: SigningKey
    published: Jwks
    dead: tuple[str, ...]

    def __init__(self, jwks: Jwks, *, held: Callable[[Mapping[str, Any]], SigningKey] = HeldKey) -> None:
        self._held = held
        self._take(jwks)

    def _take(self, jwks: Jwks) -> None:
        pairs = [jwk for jwk in jwks["keys"] if jwk["kty"] == "EC"]
        live = [jwk for jwk in pairs if jwk.get("state") != "dead"]
        current = next((jwk for jwk in live if jwk.get("state", "current") == "current"), None)
        if current is None or not isinstance(current.get("d"), str):
            raise SecretUnusable("no key is current")
        self.current, self.published = self._held(current), public_jwks({"keys": live})
        self.dead = tuple(str(jwk["kid"]) for jwk in pairs if jwk not in live)


class FileRing(HeldRing):
    """Keys in a file of mode 0600; `reload` is called every few seconds (`Service`)."""

    def __init__(self, path: Path, *, held: Callable[[Mapping[str, Any]], SigningKey] = HeldKey) -> None:
        self._path = path
        self._seen = self._stamp()
        super().__init__(read_jwks(path), held=held)

    def reload(self) -> bool:
        """Whether the file changed and was taken; one that cannot be used leaves the keys as they are."""
        seen = self._stamp()
        if seen == self._seen:
            return False
        self._seen = seen
        try:
            self._take(read_jwks(self._path))
        except (SecretUnusable, jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
            log.error("the new keys cannot be used", extra={"file": self._path.name, "reason": str(error)})  # noqa: TRY400 - a trace could show a key
            return False
        log.info("keys changed", extra={"file": self._path.name, "current": self.current.key_id})
        return True

    def _stamp(self) -> tuple[int, ...]:
        try:
            found = self._path.stat()
        except OSError:
            return ()
        return found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size


class Signer:
    """Signs with whichever key of the ring is current."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    @property
    def key(self) -> SigningKey:
        """The one that signs now, for another form than this."""
        return self._ring.current

    def sign(self, claims: Mapping[str, Any], *, typ: str) -> str:
        """Give a compact JWS (RFC 7515, 7.1)."""
        key = self.key
        header = {"alg": key.algorithm, "kid": key.key_id, "typ": typ}
        signed = b".".join(base64url_encode(msgspec.json.encode(part)) for part in (header, claims))
        return b".".join((signed, base64url_encode(key.sign(signed)))).decode()
