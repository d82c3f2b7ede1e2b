"""The certificates' transparency log: the kernel's, with the records of certs."""

from collections.abc import Mapping, Sequence

from services.certs.domain import Fact, is_removal
from services.kernel.log.kept import KeptLog
from services.kernel.log.records import Note


class FactLog:
    """Keeps `ports.CertificateLog`."""

    def __init__(self, kept: KeptLog) -> None:
        self._kept = kept

    async def add(self, facts: Sequence[Fact]) -> None:
        """A leaf for each, once (law 3)."""
        await self._kept.add(
            [Note(ce_id=one.id, holder_id=one.holder_id, record=one.record) for one in facts]
        )

    async def logged(self, fact_ids: Sequence[str]) -> frozenset[str]:
        """Those that have a leaf."""
        return await self._kept.logged(fact_ids)

    async def evidence(self, fact_ids: Sequence[str], *, older: str | None) -> Mapping[str, object]:
        """Of the first that is logged and is no removal.

        The removal of a wrong holder may be in the log before what the right one was told.
        """
        return await self._kept.evidence(fact_ids, older=older, passes_over=is_removal)
