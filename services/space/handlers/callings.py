"""What the codes in an access record are called, for a holder who reads who used what for which matter."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from services.kernel.event import Heard
from services.space.domain import Access
from services.space.events import OrganisationRegistered
from services.space.ports import Items, Page
from services.space.ports.organisations import Organisations


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedAccess:
    """A name is None where it is not known (yet): the code stands beside it, and nothing waits for a name."""

    access: Access
    organisation_name: str | None
    item_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Callings:
    """Names as they are today: a record keeps codes, and by its code a renamed organisation is found too."""

    organisations: Organisations
    items: Items

    async def mirror_organisations(self, batch: Sequence[Heard[OrganisationRegistered]]) -> None:
        """Know each by its newest name."""
        await self.organisations.advance([one.event for one in batch])

    async def named(self, page: Page[Access]) -> Page[NamedAccess]:
        """One read for all organisations of a page, and one for each item in it, at once."""
        if not page.rows:
            return Page(rows=(), next=page.next)
        codes = sorted({one.item for one in page.rows})
        names, found = await asyncio.gather(
            self.organisations.names(one.organisation for one in page.rows),
            asyncio.gather(*map(self.items.find, codes)),
        )
        items = {code: item.name for code, item in zip(codes, found, strict=True) if item}
        rows = [
            NamedAccess(
                access=one,
                organisation_name=names.get(one.organisation),
                item_name=items.get(one.item),
            )
            for one in page.rows
        ]
        return Page(rows=rows, next=page.next)
