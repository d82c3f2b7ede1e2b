"""What is needed where a holder asks for an account: the log, and cases."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.space.domain import Access, Case, State
from services.space.ports.pages import Page


class AccessLog(Protocol):
    """Who may write to its store can change nothing in it unseen."""

    async def add(self, accesses: Sequence[Access]) -> None:
        """Have each in the log once, however often it is told."""
        ...

    async def evidence(self, access_id: str, *, older: str | None) -> Mapping[str, object]:
        """The file of docs/evidence.md; EvidenceNotReady, LogHeadForeign."""
        ...


class Cases(Protocol):
    """Disputes and requests for correction; what was written in them is encrypted for their holder."""

    async def open(self, case: Case) -> Case:
        """Keep and say it, and return it; or, under an id that is taken, return the one that is kept."""
        ...

    async def keep(self, case: Case, *, at: datetime) -> None:
        """Keep and say the next version, or raise `Stale`."""
        ...

    async def get(self, case_id: str) -> Case | None:
        """Whosever it is."""
        ...

    async def open_about(self, holder_id: str, subject_id: str) -> Case | None:
        """One of this holder about this thing, without an answer yet."""
        ...

    async def page(self, holder_ids: Sequence[str], *, before: str | None, limit: int) -> Page[Case]:
        """Those of these holders."""
        ...

    async def page_for(
        self, organisation: str, state: State, *, before: str | None, limit: int
    ) -> Page[Case]:
        """Those that this organisation has to answer, or has had to."""
        ...

    async def late(self, *, at: datetime, limit: int) -> Sequence[Case]:
        """Those overdue of which nobody was told yet."""
        ...
