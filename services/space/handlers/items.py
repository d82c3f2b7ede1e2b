"""The registry of items, and the codes of the types that they name."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.kernel.event import Heard
from services.space.domain import Item
from services.space.events import TypePublished
from services.space.ports import Items, KeptItem
from services.space.ports.types import Types


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """Items as they stand, each with its version."""

    items: Items
    types: Types

    async def publish(self, declared: Sequence[Item]) -> None:
        """Make the registry say what is declared; an item that changed grows by one version.

        Every source of items ends here: the files at the start, and whoever declares some while we run. What
        is not among `declared` stays as it is.
        """
        kept = await self.items.all()
        await self.items.add([item for item in declared if item.item not in kept])
        for item in declared:
            known = kept.get(item.item)
            if known is not None and known.item != item:
                await self.items.change(item, version=known.version)

    async def all(self) -> Sequence[KeptItem]:
        """List the items by code."""
        kept = await self.items.all()
        return [kept[code] for code in sorted(kept)]

    async def mirror_types(self, batch: Sequence[Heard[TypePublished]]) -> None:
        """Know a type by all its codes."""
        await self.types.advance([one.event for one in batch])
