"""The mirror of the items."""

import time
from collections.abc import Callable, Sequence

from services.identity.domain.orders import Item
from services.kernel.store.documents import Advance, Collection, Documents

ITEMS = Collection(name="items")
# A mirror is late by nature, and a second more spares every scan a read.
FRESH_S = 1.0


class MirroredItems:
    """`_id` = item. `complete` asks the hearing."""

    def __init__(
        self,
        documents: Documents,
        complete: Callable[[], bool],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._documents = documents
        self._complete = complete
        self._monotonic = monotonic
        self._fresh: dict[str, tuple[float, Item]] = {}

    @property
    def complete(self) -> bool:
        """Whether all that was published before this process began has been read."""
        return self._complete()

    async def find(self, item: str) -> Item | None:
        """As last heard; what another process heard is seen a second later."""
        now = self._monotonic()
        until, known = self._fresh.get(item, (0.0, None))
        if known is not None and now < until:
            return known
        document = await self._documents.get(ITEMS, item)
        if document is None:
            return None
        found = Item(
            item=item,
            version=document["heard_version"],
            name=document["name"],
            required=tuple(document["required"]),
            statutory=document.get("statutory", False),
            basis=document.get("basis", ""),
            answers_only=document.get("answers_only", False),
        )
        self._fresh[item] = (now + FRESH_S, found)
        return found

    async def known(self, items: Sequence[str]) -> frozenset[str]:
        """Asked of the store."""
        return frozenset(await self._documents.get_many(ITEMS, items))

    async def advance(self, items: Sequence[Item]) -> None:
        """Each that is newer than what is held."""
        await self._documents.advance_many(
            ITEMS,
            [
                Advance(
                    id=one.item,
                    heard_version=one.version,
                    changes={
                        "name": one.name,
                        "required": list(one.required),
                        "statutory": one.statutory,
                        "basis": one.basis,
                        "answers_only": one.answers_only,
                    },
                )
                for one in items
            ],
        )
        for one in items:
            self._fresh.pop(one.item, None)
