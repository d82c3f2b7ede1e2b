"""Items, scans, cases and what wakes those who wait for a tap."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from services.identity.domain.orders import Item
from services.identity.domain.scans import Scan
from services.identity.domain.statutory import Case
from services.kernel.event import Event


class Items(Protocol):
    """The mirror of what space publishes."""

    @property
    def complete(self) -> bool:
        """Whether all that was published before this process began has been read."""
        ...

    async def find(self, item: str) -> Item | None:
        """As last heard, or at most a second before."""
        ...

    async def known(self, items: Sequence[str]) -> frozenset[str]:
        """Those of these that were ever published."""
        ...

    async def advance(self, items: Sequence[Item]) -> None:
        """Take each that is newer than what is held."""
        ...


class Scans(Protocol):
    """By scan id, which is the code's."""

    async def find(self, scan_id: str) -> Scan | None:
        """The one use of a code, or None."""
        ...

    async def find_many(self, scan_ids: Sequence[str]) -> Mapping[str, Scan]:
        """Those that are there."""
        ...

    async def add(self, scan: Scan) -> bool:
        """Use the code up and keep scan, grant and their facts, in one write; False if it was used before."""
        ...

    async def change(self, scan: Scan, *, emit: Sequence[Event] = ()) -> None:
        """Keep version n over n-1 with its facts; `stale` if somebody else was first."""
        ...

    async def of(self, holder_ids: Sequence[str], *, since: datetime, limit: int) -> Sequence[Scan]:
        """Those about these holders, and those of codes that they showed for others; newest first."""
        ...

    async def by_duty(self, organisation: str, *, since: datetime, before: datetime) -> Sequence[Scan]:
        """All of the organisation's scans by statutory duty in that time."""
        ...

    async def open_since(self, since: datetime, **who: str) -> Sequence[Scan]:
        """All granted or pending of a `holder_id`, an `actor` or an `organisation`; more fields narrow it."""
        ...


class Cases(Protocol):
    """The mirror of the cases that authorities have decided."""

    async def find_many(self, case_ids: Sequence[str]) -> Mapping[str, Case]:
        """Those that were heard of."""
        ...

    async def advance(self, cases: Sequence[Case]) -> None:
        """Take each that is newer than what is held."""
        ...


class Bell(Protocol):
    """Rung for one who waits."""

    @property
    def ended(self) -> bool:
        """Whether the process is stopping: answer with what there is."""
        ...

    async def wait(self, seconds: float | None = None) -> bool:
        """Return at a ring or after this time; a ring may be lost, so look again either way."""
        ...


class Bells(Protocol):
    """What wakes every process."""

    def bell(self, who: str, *names: str) -> AbstractContextManager[Bell]:
        """Hold a bell that facts about these holders, scans or grants ring; too_many_waiting."""
        ...
