"""What the space needs from the world. Whatever is awaited may raise `Unavailable`."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.space.domain import Access, Content, Entry, Grant, Item, Mandate, Operator, Standing
from services.space.ports.cases import AccessLog, Cases
from services.space.ports.concessions import Uses
from services.space.ports.names import Names, Reports
from services.space.ports.pages import Page

__all__ = [
    "AccessLog",
    "Accesses",
    "Caps",
    "Cases",
    "Credentials",
    "Entries",
    "Freshness",
    "Grants",
    "Items",
    "KeptItem",
    "Names",
    "Page",
    "Reports",
    "Revocations",
    "Seals",
    "Tickets",
    "Uses",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptItem:
    """An item as it was published last."""

    item: Item
    version: int


class Seals(Protocol):
    """Content that travels sealed to us."""

    def open(self, text: str, *, event_type: str, holder_id: str, version: int) -> bytes:
        """Give the content, or raise `SealBroken`, a refusal."""
        ...


class Entries(Protocol):
    """The spaces, with content encrypted under a key of its holder."""

    async def advance(self, entries: Sequence[tuple[Entry, bytes]]) -> frozenset[str]:
        """Keep each with its content and say it, unless what is kept is as new; return the ids changed."""
        ...

    async def page(self, holder_ids: Sequence[str], *, before: str | None, limit: int) -> Page[Entry]:
        """Those of these holders."""
        ...

    async def get(self, entry_id: str) -> Entry | None:
        """Whosever it is."""
        ...

    async def get_many(self, entry_ids: Sequence[str]) -> Sequence[Entry]:
        """Those of these that are there."""
        ...

    async def of_types(self, holder_ids: Sequence[str], certificate_types: Sequence[str]) -> Sequence[Entry]:
        """These holders' entries of these types: by type as given, newest first."""
        ...

    async def contents(self, entries: Sequence[Entry]) -> Sequence[Content]:
        """What is in each, in this order; a refusal (`content_erased`) when a holder's key is gone."""
        ...


class Accesses(Protocol):
    """The access records: only ever added to."""

    async def add(self, access: Access) -> Access:
        """Keep and say it, and return it; or, under an id that is taken, return the one that is kept."""
        ...

    async def find(self, access_id: str) -> Access | None:
        """The one under this id."""
        ...

    async def get_many(self, access_ids: Sequence[str]) -> Sequence[Access]:
        """Those of these that are there."""
        ...

    def pages(self, *, before: datetime) -> AsyncIterator[Sequence[Access]]:
        """All that were written before then, oldest first."""
        ...

    async def page(
        self, holder_ids: Sequence[str], *, since: datetime | None, before: str | None, limit: int
    ) -> Page[Access]:
        """Those about these holders."""
        ...


class Caps(Protocol):
    """How often one operator may pull."""

    async def take(self, by: Operator) -> None:
        """Count one more, or raise `PullCapReached`; of the first refusal of an hour the others are told."""
        ...


class Items(Protocol):
    """The registry of items."""

    async def all(self) -> Mapping[str, KeptItem]:
        """Each, by its code."""
        ...

    async def find(self, code: str) -> Item | None:
        """As it stands now."""
        ...

    async def add(self, items: Sequence[Item]) -> None:
        """Keep and say each at version 1; one that another process has just added stays."""
        ...

    async def change(self, item: Item, *, version: int) -> None:
        """Keep and say this as the next version, or raise `Stale` when it is no longer at this one."""
        ...


class Grants(Protocol):
    """What identity signed at a scan."""

    async def read(self, text: str) -> Grant:
        """Give what it says, expired or not; `GrantRejected` when nothing that it says may be believed."""
        ...


class Tickets(Protocol):
    """By which certs draws a copy of what was pulled."""

    def sign(self, entry: Entry, access: Access, *, disclosed: Sequence[str] | None) -> str:
        """For this certificate as it was pulled, by whom, for what and why as it is on record.

        `disclosed`: what of it was handed over (`fields.address`, `holder_name`); None: all.
        """
        ...


class Credentials(Protocol):
    """Certificates as they were signed."""

    def part(self, credential: str, names: Collection[str]) -> str:
        """Give it with nothing shown but these, as far as it has them; CredentialUnreadable."""
        ...


class Freshness(Protocol):
    """How much this process knows of what was taken back."""

    async def check(self) -> None:
        """Return if all that was said until a second ago is in the store; else `status_unknown` (503)."""
        ...


class Revocations(Protocol):
    """What identity has taken back; read from the store at each use (design.md, law 9)."""

    async def is_withdrawn(self, grant_id: str) -> bool:
        """Whether this grant is worth nothing any more."""
        ...

    async def withdraw(self, grants: Sequence[tuple[str, datetime]]) -> None:
        """Remember these, and since when; once each."""
        ...

    async def mandate(self, mandate_id: str) -> Mandate | None:
        """As last heard."""
        ...

    async def advance(self, mandates: Sequence[Mandate]) -> None:
        """Take each that is newer than what is held."""
        ...

    async def standing(self, holder_id: str) -> Standing | None:
        """As last heard; None: nothing was ever frozen."""
        ...

    async def advance_standings(self, standings: Sequence[Standing]) -> None:
        """Take each that is newer than what is held."""
        ...
