"""Scans, and the grants that they gave."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta

from services.identity.domain.scans import Review, Scan
from services.kernel.event import Event
from services.kernel.outbox.aggregates import Aggregates, Birth, Stale
from services.kernel.store.documents import Collection, Document, Documents, DuplicateKey, Index

SCANS = Collection.of_aggregates(
    "scans",
    Index(keys=("holder_id", "scanned_at")),
    # Those under a mandate alone: every index costs every scan.
    Index(keys=("actor", "scanned_at"), where={"mode": "mandate"}),
    Index(keys=("organisation", "scanned_at")),
)
_TUPLES = ("holder_ids", "certificate_types", "withheld_types")
_PAGE = 500
# A moment is kept to the millisecond.
_TICK = timedelta(milliseconds=1)


class KeptScans:
    """`_id` = scan id, which is the code's: a second use of a code is a duplicate key."""

    def __init__(self, documents: Documents, kept: Aggregates) -> None:
        self._documents = documents
        self._kept = kept

    async def find(self, scan_id: str) -> Scan | None:
        """The one use of a code."""
        document = await self._kept.load(scan_id)
        return _scan(document) if document else None

    async def find_many(self, scan_ids: Sequence[str]) -> Mapping[str, Scan]:
        """In one trip."""
        found = await self._documents.get_many(SCANS, scan_ids)
        return {scan_id: _scan(document) for scan_id, document in found.items()}

    async def add(self, scan: Scan) -> bool:
        """Scan, grant and their facts, in one write."""
        try:
            await self._kept.add(Birth(id=scan.scan_id, state=_state(scan), emit=scan.recorded()))
        except DuplicateKey:
            return False
        return True

    async def change(self, scan: Scan, *, emit: Sequence[Event] = ()) -> None:
        """Keep version n over n-1, or raise `Stale`."""
        document = await self._kept.load(scan.scan_id)
        if document is None or document["version"] != scan.version - 1:
            raise Stale("the scan was changed a moment ago")
        await self._kept.change(document, _state(scan), emit=emit)

    async def of(self, holder_ids: Sequence[str], *, since: datetime, limit: int) -> Sequence[Scan]:
        """Along the indexes, one holder at a time: an engine looks one up faster than a choice."""
        found: dict[str, Scan] = {}
        for holder_id in holder_ids:
            for who in ({"holder_id": holder_id}, {"actor": holder_id, "mode": "mandate"}):
                documents = await self._documents.find(
                    SCANS, who, since=("scanned_at", since), newest_first="scanned_at", limit=limit
                )
                found |= {document["_id"]: _scan(document) for document in documents}
        return sorted(found.values(), key=lambda one: one.scanned_at, reverse=True)[:limit]

    async def by_duty(self, organisation: str, *, since: datetime, before: datetime) -> Sequence[Scan]:
        """The cap of each operator bounds the day."""
        return await self._all({"organisation": organisation, "mode": "statutory"}, since, before)

    async def open_since(self, since: datetime, **who: str) -> Sequence[Scan]:
        """`since` bounds it: no grant lives longer than its scan's window."""
        if "actor" in who:
            who["mode"] = "mandate"
        found = await self._all(who, since, None)
        return [one for one in found if one.state in {"granted", "pending"}]

    async def _all(self, who: Mapping[str, str], since: datetime, before: datetime | None) -> Sequence[Scan]:
        found: dict[str, Scan] = {}
        while True:
            page = await self._documents.find(
                SCANS,
                who,
                since=("scanned_at", since),
                before=("scanned_at", before) if before else None,
                newest_first="scanned_at",
                limit=_PAGE,
            )
            found |= {document["_id"]: _scan(document) for document in page}
            if len(page) < _PAGE:
                return sorted(found.values(), key=lambda one: one.scanned_at)
            before = page[-1]["scanned_at"] + _TICK


def _state(scan: Scan) -> Document:
    state = asdict(scan) | {name: list(getattr(scan, name)) for name in _TUPLES}
    del state["version"]
    return state


def _scan(document: Document) -> Scan:
    # One from before a field was kept lacks it.
    said = {one.name: document[one.name] for one in fields(Scan) if one.name in document}
    said |= {name: tuple(document[name]) for name in _TUPLES}
    return Scan(**said | {"review": Review(**document["review"]) if document["review"] else None})
