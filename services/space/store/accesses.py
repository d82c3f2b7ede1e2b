"""The access records in documents: inserted, never changed."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

from services.kernel.outbox.aggregates import Aggregates, Birth
from services.kernel.store.documents import Collection, Document, Documents, DuplicateKey, Index
from services.space.domain import Access, AccessUse
from services.space.ports import Page
from services.space.store.documents import as_kept, as_stored, page_of

ACCESSES = Collection.of_aggregates("accesses", Index(keys=("holder_id", "arrival")))
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_PAGE = 500
_SPAN, _LEAST = timedelta(seconds=1), timedelta(milliseconds=1)


class AccessStore:
    """Keeps `ports.Accesses`.

    `purpose` stands in the clear: it is the stated reason of use, which the holder is shown and which
    `space-access` tells; the counter is told to write a reason there and no name.
    """

    def __init__(self, documents: Documents, aggregates: Aggregates) -> None:
        self._documents = documents
        self._aggregates = aggregates

    async def add(self, access: Access) -> Access:
        """One insert; an id that is taken is a request repeated."""
        state = as_stored(access, without=("access_id",))
        try:
            await self._aggregates.add(Birth(id=access.access_id, state=state, emit=[access.recorded()]))
        except DuplicateKey:
            return await self.find(access.access_id) or access
        return access

    async def find(self, access_id: str) -> Access | None:
        """By id."""
        kept = await self._aggregates.load(access_id)
        return _access(kept) if kept else None

    async def get_many(self, access_ids: Sequence[str]) -> Sequence[Access]:
        """One trip."""
        found = await self._documents.get_many(ACCESSES, access_ids)
        return [_access(one) for one in found.values()]

    async def pages(self, *, before: datetime) -> AsyncIterator[Sequence[Access]]:
        """A stretch of time after the other, each of one page: an engine may read all of it at once."""
        since, span = _EPOCH, _SPAN
        while since < before:
            until = min(since + span, before)
            full = _PAGE if span > _LEAST else 1 << 30
            found = await self._documents.find(
                ACCESSES, {}, since=("changed_at", since), before=("changed_at", until), limit=full
            )
            if len(found) == full:
                span = max(span / 4, _LEAST)
                continue
            if found:
                yield [_access(one) for one in found]
            since, span = until, span * 2

    async def page(
        self, holder_ids: Sequence[str], *, since: datetime | None, before: str | None, limit: int
    ) -> Page[Access]:
        """Along the index of holder and arrival."""
        period = ("recorded_at", since) if since else None
        return await page_of(
            self._documents, ACCESSES, _access, holder_ids, since=period, before=before, limit=limit
        )


def _access(document: Document) -> Access:
    names = ("certificate_types", "entry_ids", "entry_versions")
    lists = {name: tuple(document.get(name, ())) for name in names}
    uses = tuple(
        AccessUse(need=one["need"], form=one["form"], fields=tuple(one["fields"]))
        for one in document.get("uses", ())
    )
    return as_kept(Access, document, lists | {"access_id": document["_id"], "uses": uses})
