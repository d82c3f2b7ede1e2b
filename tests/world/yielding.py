"""Memory documents that race as a database's do."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from services.kernel.store.documents import Collection, Document
from services.kernel.store.memory import MemoryDocuments


class Yielding(MemoryDocuments):
    """Lets the others run before each read and write, as a network does."""

    async def insert(self, collection: Collection, document: Document) -> None:
        await asyncio.sleep(0)
        await super().insert(collection, document)

    async def get(self, collection: Collection, document_id: str) -> Document | None:
        await asyncio.sleep(0)
        return await super().get(collection, document_id)

    async def find(self, collection: Collection, equal: Mapping[str, Any], **more: Any) -> list[Document]:
        await asyncio.sleep(0)
        return await super().find(collection, equal, **more)

    async def update(
        self,
        collection: Collection,
        document_id: str,
        *,
        version: int,
        changes: Mapping[str, Any],
        outbox: Sequence[Document] = (),
    ) -> bool:
        await asyncio.sleep(0)
        return await super().update(collection, document_id, version=version, changes=changes, outbox=outbox)
