"""The access records in documents: inserted, never changed."""

from collections.abc import Sequence
from datetime import datetime

from services.kernel.outbox.aggregates import Aggregates, Birth
from services.kernel.store.documents import Collection, Document, Documents, DuplicateKey, Index
from services.space.domain import Access, AccessUse
from services.space.ports import Page
from services.space.store.documents import as_kept, as_stored, page_of

ACCESSES = Collection.of_aggregates("accesses", Index(keys=("holder_id", "arrival")))


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
        emit = [fact] if (fact := access.recorded()) else []
        try:
            await self._aggregates.add(Birth(id=access.access_id, state=state, emit=emit))
        except DuplicateKey:
            return await self.find(access.access_id) or access
        return access

    async def find(self, access_id: str) -> Access | None:
        """By id."""
        kept = await self._aggregates.load(access_id)
        return _access(kept) if kept else None

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
