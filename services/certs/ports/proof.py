"""What makes certificates ones that others can check: keys, places in status lists, what is published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from services.certs.domain import Certificate, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the status of one edition of a certificate stands: in which list, at which index."""

    status_list: int
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What makes a certificate one that others can check: signed once, and shown in part (SD-JWT VC)."""

    credential: str
    place: Place


class Proving(Protocol):
    """The signatures of the authorities."""

    async def prove(self, certificates: Sequence[Certificate]) -> Sequence[Proof]:
        """One each, signed by its authority's own key, with a place that no other has."""
        ...


class Counter(Protocol):
    """Numbers from 0, each given once, to one process."""

    async def take(self, count: int) -> Sequence[int]:
        """So many new ones; in no promised order, and some are never given."""
        ...

    async def given(self) -> int:
        """All numbers given so far are below it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedList:
    """A status list as it is served, as JWT and as CWT; `lst`: its content, to see what is new."""

    number: int
    token: str
    cwt: bytes
    lst: str
    made_at: datetime


class Lists(Protocol):
    """Every status as the certificates have it, and the lists signed last."""

    async def bring_up_to_date(self, *, at: datetime, anew: bool = False) -> Sequence[int]:
        """Read what changed since the last call, or everything; give the lists that have places.

        Everything after a time too: what a writer that was held up wrote meanwhile is missed until then.
        """
        ...

    def touched(self) -> frozenset[int]:
        """Those in which a status may have changed since each was settled."""
        ...

    def settle(self, number: int) -> None:
        """What is served of this list is as it was read last."""
        ...

    def not_valid(self, number: int) -> Mapping[int, Status]:
        """By index, whatever was not valid in this list when it was read last."""
        ...

    async def kept(self, number: int) -> SignedList | None:
        """As it is served."""
        ...

    async def keep(self, signed: SignedList) -> None:
        """Serve it from now on, unless what is served was made later."""
        ...


class Publications(Protocol):
    """What anybody may fetch to check certificates."""

    async def issuer(self, path: str) -> Mapping[str, Any]:
        """The keys of the authority whose address has this path."""
        ...

    async def trust_list(self) -> Mapping[str, Any]:
        """The keys of all authorities, and of the status lists, and the root of the seals on PDF files."""
        ...

    async def seal_root(self) -> str:
        """The certificate above every authority's seal: PEM."""
        ...

    async def status_list(self, number: int, *, accept: str) -> tuple[bytes, Mapping[str, str]]:
        """A list as it is served, as JWT or CWT, with its HTTP headers."""
        ...
