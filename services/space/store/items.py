"""The registry of items in documents."""

from collections.abc import Mapping, Sequence

from services.kernel.outbox.aggregates import Aggregates, Birth, Stale
from services.kernel.store.documents import Collection, Document, Documents
from services.space.domain import Item, Need, Predicate
from services.space.ports import KeptItem
from services.space.store.documents import as_kept, as_stored

ITEMS = Collection.of_aggregates("items")
# More than a county has; the registry is read whole.
_LIMIT = 10_000


class ItemStore:
    """Keeps `ports.Items`."""

    def __init__(self, documents: Documents, aggregates: Aggregates) -> None:
        self._documents = documents
        self._aggregates = aggregates

    async def all(self) -> Mapping[str, KeptItem]:
        """The whole registry."""
        found = await self._documents.find(ITEMS, {}, limit=_LIMIT)
        return {one["_id"]: KeptItem(item=_item(one), version=one["version"]) for one in found}

    async def find(self, code: str) -> Item | None:
        """One look by id."""
        found = await self._documents.get(ITEMS, code)
        return _item(found) if found else None

    async def add(self, items: Sequence[Item]) -> None:
        """One bulk."""
        births = [
            Birth(id=item.item, state=as_stored(item, without=("item",)), emit=[item.published(1)])
            for item in items
        ]
        await self._aggregates.add_many(births)

    async def change(self, item: Item, *, version: int) -> None:
        """One update of this version."""
        loaded = await self._aggregates.load(item.item)
        if loaded is None or loaded["version"] != version:
            raise Stale(f"{item.item} is no longer at version {version}")
        changes = as_stored(item, without=("item",))
        await self._aggregates.change(loaded, changes, emit=[item.published(version + 1)])


def _item(document: Document) -> Item:
    needs = tuple(_need(one) for one in document.get("needs", ()))
    own = {"item": document["_id"], "required": tuple(document["required"]), "needs": needs}
    return as_kept(Item, document, own)


def _need(kept: Document) -> Need:
    asked = kept["predicate"]
    predicate = asked and as_kept(Predicate, asked, {"values": tuple(asked["values"])})
    return as_kept(Need, kept, {"fields": tuple(kept["fields"]), "predicate": predicate})
