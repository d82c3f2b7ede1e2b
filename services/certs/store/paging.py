"""All that match, however many: what a limit would drop in silence."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from services.kernel.store.documents import Collection, Document, Documents

PAGE = 200


async def pages(
    documents: Documents, collection: Collection, equal: Mapping[str, Any]
) -> AsyncIterator[list[Document]]:
    """One page after the other, none empty. What fits one is a single read along the index of `equal`.

    What stops to match meanwhile hides nothing that matches still.
    """
    found = await documents.find(collection, equal, limit=PAGE)
    if len(found) < PAGE:
        if found:
            yield found
        return
    after = ""
    while len(found) >= PAGE:
        found = await documents.find(
            collection, equal, since=("_id", after), oldest_first="_id", limit=PAGE + 1
        )
        if page := [one for one in found if one["_id"] != after][:PAGE]:
            yield page
            after = page[-1]["_id"]
