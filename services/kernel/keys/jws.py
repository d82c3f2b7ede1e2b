"""Signed tokens in compact form (RFC 7515), read strictly: what could be read in two ways is refused.

The key says which algorithm is used, never the token; a key that the token brings along is not looked at.
"""

import binascii
import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

Part = Mapping[str, Any]

LONGEST = 8192
_THREE_PARTS = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
# The last second of the year 9999.
_LATEST = 253_402_300_799


class NotHeld(Exception):
    """Why a token does not hold: for the log, never for whoever brought it."""


class Checking(Protocol):
    """What checks a signature with a key of its kind."""

    def verify(self, msg: bytes, key: Any, sig: bytes) -> bool:  # noqa: ANN401 - each library has its own
        """Whether it holds."""
        ...


class CheckingKey(Protocol):
    """A public key: PyJWT's `PyJWK`, or one of a suite that PyJWT lacks."""

    @property
    def algorithm_name(self) -> str:
        """The one `alg` that it is for."""
        ...

    @property
    def key(self) -> Any:  # noqa: ANN401 - each library has its own
        """What `Algorithm` takes."""
        ...

    @property
    def Algorithm(self) -> Checking:  # noqa: N802 - PyJWT's name for it
        """What checks."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Unverified:
    """What a token says of itself; nothing is believed yet."""

    header: Part
    claims: Part
    signed: bytes
    signature: bytes

    @property
    def digest(self) -> str:
        """Of what was signed: an ECDSA signature has a twin that holds too."""
        return hashlib.sha256(self.signed).hexdigest()

    def verified(self, key: CheckingKey) -> Part:
        """Give the claims if this key signed them; NotHeld."""
        if self.header.get("alg") != key.algorithm_name:
            raise NotHeld(f"the key is for {key.algorithm_name} and nothing else")
        if not key.Algorithm.verify(self.signed, key.key, self.signature):
            raise NotHeld("the signature does not hold")
        return self.claims


def read(token: str, *, longest: int = LONGEST) -> Unverified:
    """Take it apart; NotHeld if it is not a signed token with an object inside."""
    if len(token) > longest:
        raise NotHeld(f"{len(token)} characters; {longest} at most are read")
    if not (parts := _THREE_PARTS.fullmatch(token)):
        raise NotHeld("not a signed token at all")
    header, claims = _object(parts[1]), _object(parts[2])
    # No extension is understood here: to pass one over would read the token otherwise than its maker meant.
    if odd := {"crit", "b64", "zip", "enc"} & set(header):
        raise NotHeld(f"extensions are not taken: {', '.join(sorted(odd))}")
    signed = token[: parts.end(2)].encode()
    return Unverified(header=header, claims=claims, signed=signed, signature=_bytes(parts[3]))


def seconds(claims: Part, name: str) -> float:
    """Give a claimed time; NotHeld unless it is a number, and a time that there is."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LATEST:
        raise NotHeld(f"{name} is a number of seconds since 1970")
    return value


def texts(claims: Part, *names: str, longest: int = 255) -> Sequence[str]:
    """Give these claims; NotHeld unless each is a text that is not empty."""
    found = [claims.get(name) for name in names]
    for name, value in zip(names, found, strict=True):
        if not isinstance(value, str) or not 0 < len(value) <= longest:
            raise NotHeld(f"{name} is a text of 1 to {longest} characters")
    return [str(value) for value in found]


def _bytes(part: str) -> bytes:
    try:
        text = part.replace("-", "+").replace("_", "/") + "=" * (-len(part) % 4)
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError as error:
        raise NotHeld("not Base64url") from error


def value_of(part: str) -> object:
    """Give the JSON that a part (Base64url) holds; NotHeld where it could be read in two ways."""
    try:
        text = _bytes(part).decode("utf-8")
        value: object = _STRICT.decode(text)
        if "\\u" in text:  # half a surrogate pair is no text, and no store takes it
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise NotHeld(f"not JSON that is read: {type(error).__name__}") from error
    return value


def _object(part: str) -> Part:
    value = value_of(part)
    if not isinstance(value, dict):
        raise NotHeld("an object is needed")
    return value


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """RFC 7519, 4: a name stands once."""
    if len(found := dict(pairs)) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_constant(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are no JSON")


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError("out of range")
    return number


_STRICT = json.JSONDecoder(object_pairs_hook=_each_once, parse_constant=_no_constant, parse_float=_finite)
