"""The transparency log, as the handlers need it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from services.certs.domain import Fact


class CertificateLog(Protocol):
    """Who may write to its store can change nothing in it unseen."""

    async def add(self, facts: Sequence[Fact]) -> None:
        """Have each in the log once, however often it is told."""
        ...

    async def evidence(self, fact_ids: Sequence[str], *, older: str | None) -> Mapping[str, object]:
        """The file of docs/evidence.md of the one that is there; EvidenceNotReady, LogHeadForeign."""
        ...
