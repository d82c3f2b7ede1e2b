"""The mirror of the items."""

from collections.abc import Callable, Sequence

from services.identity.domain import Item
from services.kernel.store.documents import Advance, Collection, Documents

ITEMS = Collection(name="items")


class MirroredItems:
    """`_id` = item. `complete` asks the hearing."""

    def __init__(self, documents: Documents, complete: Callable[[], bool]) -> None:
        self._documents = documents
        self._complete = complete

    @property
    def complete(self) -> bool:
        """Whether all that was published before this process began has been read."""
        return self._complete()

    async def find(self, item: str) -> Item | None:
        """As last heard."""
        document = await self._documents.get(ITEMS, item)
        if document is None:
            return None
        required = tuple(document["required"])
        return Item(item=item, version=document["heard_version"], name=document["name"], required=required)

    async def advance(self, items: Sequence[Item]) -> None:
        """Each that is newer than what is held."""
        await self._documents.advance_many(
            ITEMS,
            [
                Advance(
                    id=one.item,
                    heard_version=one.version,
                    changes={"name": one.name, "required": list(one.required)},
                )
                for one in items
            ],
        )
