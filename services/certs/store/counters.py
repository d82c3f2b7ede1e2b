"""Numbers from a counter document, in blocks: a write for many of them, and gaps where a process ends."""

import asyncio
from collections.abc import Sequence

from services.kernel.again import decide_again
from services.kernel.errors import Stale
from services.kernel.store.documents import Collection, Documents, DuplicateKey

COUNTERS = Collection(name="counters")
BLOCK = 256


class BlockCounter:
    """One counter as one process sees it. `_id` = its name; `next` = the first number of no block."""

    def __init__(self, documents: Documents, name: str) -> None:
        self._documents, self._name = documents, name
        self._mine: Sequence[int] = ()
        self._taking = asyncio.Lock()

    async def take(self, count: int) -> Sequence[int]:
        """A block is this process's own as soon as the document says that the next one begins behind it."""
        async with self._taking:
            if len(self._mine) < count:
                self._mine = (*self._mine, *await decide_again(lambda: self._block(max(count, BLOCK))))
            taken, self._mine = self._mine[:count], self._mine[count:]
            return taken

    async def given(self) -> int:
        found = await self._documents.get(COUNTERS, self._name)
        return int(found["next"]) if found else 0

    async def _block(self, size: int) -> range:
        found = await self._documents.get(COUNTERS, self._name)
        first = int(found["next"]) if found else 0
        if found is None:
            try:
                await self._documents.insert(COUNTERS, {"_id": self._name, "version": 1, "next": size})
            except DuplicateKey as error:
                raise Stale(f"{self._name} was begun a moment ago") from error
        elif not await self._documents.update(
            COUNTERS, self._name, version=found["version"], changes={"next": first + size}
        ):
            raise Stale(f"{self._name} was moved a moment ago")
        return range(first, first + size)
