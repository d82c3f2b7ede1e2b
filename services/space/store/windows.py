"""Pages of a space of any size, quick on an engine that reads all that matches and sorts it in memory.

One entry in `_EVERY`, told by its id and so the same whoever writes it, leaves a mark: holder, type and
arrival. A page is read between marks, so about `_EVERY * _TOGETHER` rows are in hand whatever the size of the
space. Marks bound the look and decide nothing: with too many, too few or old ones the pages are the same.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from services.kernel.store.documents import Collection, Document, Documents, Index

MARKS = Collection(
    name="entry_marks",
    indexes=(Index(keys=("holder_id", "arrival")), Index(keys=("holder_id", "certificate_type", "arrival"))),
)
_EVERY = 128
_TOGETHER = 2


def mark_of(entry_id: str, version: int, **places: str) -> Document | None:
    """The mark of one in `_EVERY`; `places`: holder_id, certificate_type, arrival."""
    place = f"{entry_id}:{version}"
    if int.from_bytes(sha256(place.encode()).digest()[:4], "big") % _EVERY:
        return None
    return {"_id": place, **places}


async def keep_marks(documents: Documents, marks: Iterable[Document | None]) -> None:
    """Mostly there is none. Before the entries: a mark without its entry does no harm."""
    if made := [one for one in marks if one]:
        await documents.insert_many(MARKS, made)


async def newest(
    documents: Documents,
    collection: Collection,
    spaces: Sequence[Mapping[str, str]],
    *,
    before: str | None,
    limit: int,
) -> list[Document]:
    """The newest of these spaces together: each a holder, or a holder and a type.

    Each by itself: the embedded database reads a choice of values ($in) beside a period row by row.
    """
    found = await asyncio.gather(
        *(_newest(documents, collection, one, before=before, limit=limit) for one in spaces)
    )
    rows = [document for documents in found for document in documents]
    return sorted(rows, key=lambda one: one["arrival"], reverse=True)[:limit]


async def _newest(
    documents: Documents, collection: Collection, space: Mapping[str, str], *, before: str | None, limit: int
) -> list[Document]:
    rows: list[Document] = []
    upper = before
    while True:
        lower = await _mark(documents, space, upper)
        rows += await documents.find(
            collection,
            space,
            since=_bound(lower),
            before=_bound(upper),
            newest_first="arrival",
            limit=limit - len(rows),
        )
        if len(rows) >= limit or lower is None:
            return rows
        upper = lower


async def _mark(documents: Documents, space: Mapping[str, str], upper: str | None) -> str | None:
    """Where to begin; None: what is left is little."""
    marks = await documents.find(MARKS, space, before=_bound(upper), newest_first="arrival", limit=_TOGETHER)
    return str(marks[-1]["arrival"]) if len(marks) == _TOGETHER else None


def _bound(arrival: str | None) -> tuple[str, Any] | None:
    return ("arrival", arrival) if arrival else None
