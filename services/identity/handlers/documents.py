"""Which documents are one person's."""

import asyncio
from collections.abc import Iterable

from services.identity.domain.holders import Holder
from services.identity.ports import World
from services.kernel.holders import HolderId


async def registered(world: World, holder_ids: Iterable[HolderId]) -> tuple[Holder, ...]:
    """Those of these documents under which somebody is registered."""
    found = await asyncio.gather(*(world.holders.find(one) for one in holder_ids))
    return tuple(one for one in found if one is not None)


async def ids_of(world: World, holder_id: HolderId) -> tuple[HolderId, ...]:
    """Give the primary, then its aliases; a document that is linked to none is its own primary."""
    linkage = await world.linkages.find(holder_id)
    if linkage.alias_of is not None:
        above = await world.linkages.find(linkage.alias_of)
        if holder_id in above.aliases:
            linkage = above
    if not linkage.aliases:
        return (linkage.holder_id,)
    # One that names another by now was listed by two at once: the later link counts.
    below = {one.holder_id: one.alias_of for one in await world.linkages.find_many(linkage.aliases)}
    agreed = (one for one in linkage.aliases if below.get(one) == linkage.holder_id)
    return (linkage.holder_id, *agreed)
