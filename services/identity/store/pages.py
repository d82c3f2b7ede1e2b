"""Pages of what is registered, by id."""

from services.kernel.store.documents import Collection, Document, Documents


async def page_of(
    documents: Documents, collection: Collection, *, after: str, limit: int, **equal: str
) -> list[Document]:
    """Those whose id comes after this one, in order. Nothing lies between a text and itself with a NUL."""
    return await documents.find(
        collection, equal, since=("_id", f"{after}\0"), oldest_first="_id", limit=limit
    )
