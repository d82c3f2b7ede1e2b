"""Reading a status list: who signed it, how old it is, and what it says of one certificate."""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from jwt.utils import base64url_decode

from services.certs.proof.cwt import BEGINNING, OpenedCwt, open_cwt
from services.certs.proof.refusals import (
    StatusFromLater,
    StatusMissing,
    StatusTooOld,
    StatusUnusable,
    SuiteMissing,
)
from services.certs.proof.status import STATUS_LIST, VALUES, Slot, Status
from services.certs.proof.trust import Trust
from services.kernel.errors import Refusal
from services.kernel.keys import jws

# 131,072 places of two bits that nothing could be pressed out of, twice Base64: 60 kB. Others' may be larger.
LONGEST_LIST = 512 * 1024
_MOST_UNPACKED = 256 * 1024
_LEEWAY = timedelta(seconds=5)
_NAMES = {value: name for name, value in VALUES.items()}
_BITS = (1, 2, 4, 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is known of one certificate, and since when."""

    status: Status
    made_at: datetime


class Statuses(Protocol):
    """Where a verifier looks a status up: lists in files, or online the store itself."""

    def find(self, slot: Slot, *, issuer: str, at: datetime) -> Reading:
        """Raise StatusMissing, StatusUnusable, StatusTooOld or StatusFromLater where nobody can tell."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusList:
    """A list whose signature holds."""

    uri: str
    made_at: datetime
    ends_at: datetime | None
    bits: int
    content: bytes

    def reading(self, index: int, *, at: datetime) -> Reading:
        """StatusTooOld, StatusFromLater; StatusUnusable where it has no such place."""
        if self.made_at > at + _LEEWAY:
            raise StatusFromLater(f"the list is of {self.made_at:%Y-%m-%d %H:%M:%S} UTC: compare the clocks")
        if self.ends_at and at >= self.ends_at:
            raise StatusTooOld(f"the list was good until {self.ends_at:%Y-%m-%d %H:%M:%S} UTC")
        place, within = divmod(index * self.bits, 8)
        if index < 0 or place >= len(self.content):
            raise StatusUnusable(f"the list has no place {index}")
        value = self.content[place] >> within & (1 << self.bits) - 1
        if value not in _NAMES:
            raise StatusUnusable(f"the list says {value}, which has no meaning here")
        return Reading(status=_NAMES[value], made_at=self.made_at)


def read_list(token: str | bytes, trust: Trust, *, issuer: str) -> StatusList:
    """Check the signature; StatusUnusable, SuiteMissing. Text is a JWT, bytes are a CWT.

    `issuer`: the authority whose certificate is asked about.
    """
    try:
        said = _opened(token)
        key = trust.key_for_status(issuer, said.kid)
        if key is None:
            raise StatusUnusable("no key that may sign status lists has this key id")
        return _list_of(said.verified(key))
    except jws.NotHeld as error:
        raise StatusUnusable(str(error)) from error


def _opened(token: str | bytes) -> "_Jwt | OpenedCwt":
    return open_cwt(token, longest=LONGEST_LIST) if isinstance(token, bytes) else _Jwt(token)


class _Jwt:
    """A list as JWT, of which nothing is believed yet."""

    def __init__(self, token: str) -> None:
        self._said = jws.read(token.strip(), longest=LONGEST_LIST)
        self.claims = self._said.claims
        header = self._said.header
        if set(header) != {"alg", "kid", "typ"} or str(header["typ"]).lower() != STATUS_LIST:
            raise jws.NotHeld(f"needed a token of type {STATUS_LIST} with alg, kid and typ alone")
        self.kid = str(header["kid"])

    def verified(self, key: jws.CheckingKey) -> Mapping[str, Any]:
        return self._said.verified(key)


def read_status(token: str | bytes, index: int, *, trust: Trust, issuer: str, at: datetime) -> Reading:
    """One look into one list; `Shelf` is for many."""
    return read_list(token, trust, issuer=issuer).reading(index, at=at)


class Shelf:
    """Lists that somebody fetched, in any order; each is checked and unpacked once, when first needed.

    Of two lists of one address the newer is used: not the one that says what is wished for.
    """

    def __init__(self, tokens: Iterable[str | bytes], trust: Trust) -> None:
        self._trust = trust
        self._tokens: dict[str, list[str | bytes]] = {}
        for token in tokens:
            self._tokens.setdefault(_subject(token), []).append(token)
        self._read: dict[tuple[str, str], StatusList | Refusal] = {}

    def find(self, slot: Slot, *, issuer: str, at: datetime) -> Reading:
        key = slot.uri, issuer
        if key not in self._read:
            self._read[key] = self._newest(slot.uri, issuer)
        found = self._read[key]
        if isinstance(found, Refusal):
            raise found
        return found.reading(slot.index, at=at)

    def _newest(self, uri: str, issuer: str) -> StatusList | Refusal:
        found: list[StatusList] = []
        refusal: Refusal = StatusMissing(f"the status list {uri} is not at hand")
        for token in self._tokens.get(uri, ()):
            try:
                found.append(read_list(token, self._trust, issuer=issuer))
            except (StatusUnusable, SuiteMissing) as error:
                refusal = error
        return max(found, key=lambda one: one.made_at) if found else refusal


def as_token(content: bytes) -> str | bytes:
    """What a file holds: a CWT as it is, anything else as the text of a JWT."""
    return content if content.startswith(BEGINNING) else content.decode(errors="replace")


def _subject(token: str | bytes) -> str:
    """What it says it is a list of: nothing is believed yet. One that cannot be read at all is nobody's."""
    try:
        return str(_opened(token).claims.get("sub", ""))
    except jws.NotHeld:
        return ""


def _list_of(claims: Mapping[str, Any]) -> StatusList:
    (uri,) = jws.texts(claims, "sub", longest=1024)
    said = claims.get("status_list")
    if not isinstance(said, dict) or not isinstance(said.get("lst"), str | bytes):
        raise StatusUnusable("status_list: needed bits and lst")
    if type(said.get("bits")) is not int or said["bits"] not in _BITS:
        raise StatusUnusable("bits: needed 1, 2, 4 or 8")
    return StatusList(
        uri=uri,
        made_at=datetime.fromtimestamp(jws.seconds(claims, "iat"), UTC),
        ends_at=datetime.fromtimestamp(jws.seconds(claims, "exp"), UTC) if "exp" in claims else None,
        bits=said["bits"],
        content=_unpacked(said["lst"]),
    )


def _unpacked(lst: str | bytes) -> bytes:
    """Bounded: a few kilobytes can be pressed out of gigabytes."""
    machine = zlib.decompressobj()
    try:
        packed = base64url_decode(lst) if isinstance(lst, str) else lst
        content = machine.decompress(packed, _MOST_UNPACKED)
    except (zlib.error, ValueError) as error:
        raise StatusUnusable("lst is not zlib, in Base64url in a JWT") from error
    if not machine.eof or machine.unused_data:
        raise StatusUnusable(f"lst is cut off, or more than {_MOST_UNPACKED} bytes")
    return content
