"""The transparency log, as the handlers need it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.certs.domain import Fact, Lived


class CertificateLog(Protocol):
    """Who may write to its store can change nothing in it unseen."""

    async def add(self, facts: Sequence[Fact]) -> None:
        """Have each in the log once, however often it is told."""
        ...

    async def logged(self, fact_ids: Sequence[str]) -> frozenset[str]:
        """Those of these that have a leaf."""
        ...

    async def evidence(self, fact_ids: Sequence[str], *, older: str | None) -> Mapping[str, object]:
        """The file of docs/evidence.md of the one that is there; EvidenceNotReady, LogHeadForeign."""
        ...


class Histories(Protocol):
    """The lives of all certificates."""

    def pages(self, *, before: datetime) -> AsyncIterator[Sequence[Lived]]:
        """All that were changed last before then, and of which a holder is left."""
        ...

    async def facts(self, certificate_id: str) -> Mapping[int, Fact]:
        """What was said of it, told again, by version; without what nobody can read any more."""
        ...
