"""Reading newest first, page by page."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.kernel.store.documents import Collection, Document, Documents

# A hundred events heard together, for each of a partner's subscriptions, on several topics at once.
_OF_ONE_TIME = 10_000


async def page(
    documents: Documents,
    collection: Collection,
    equal: Mapping[str, Any],
    *,
    before: datetime,
    limit: int,
    periods: Sequence[timedelta],
) -> list[Document]:
    """Those of before that time, newest first; a page never parts two of one time, as the next begins there.

    `periods`: how far back to look, one after the other, until the page is full, and then without end.
    An engine may read all that matches, whatever the limit: 50 of 20,000 took over a second.
    """
    found: list[Document] = []
    for period in (*periods, None):
        found = await documents.find(
            collection,
            equal,
            since=("at", before - period) if period else None,
            before=("at", before),
            newest_first="at",
            limit=limit,
        )
        if len(found) == limit:
            last = found[-1]["at"]
            whole = await documents.find(collection, {**equal, "at": last}, limit=_OF_ONE_TIME)
            return [one for one in found if one["at"] != last] + whole
    return found
