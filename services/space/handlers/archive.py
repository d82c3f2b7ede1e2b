"""A holder's own look at the space: what is in it, and who has asked for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.kernel.clock import Clock, civil_date
from services.space.domain import Access, Certificate, Entry, EntryUnknown
from services.space.handlers.names import Doubts
from services.space.ports import Accesses, Entries, Page

_PAST_HIDDEN = 50  # rows at once, so that a space of hidden ones does not cost a read for each


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """One async method for each question of a holder."""

    doubts: Doubts
    entries: Entries
    accesses: Accesses
    clock: Clock

    async def entries_of(self, holder_ids: Sequence[str], *, before: str | None, limit: int) -> Page[Entry]:
        """Show a holder's own list, as it stands today; what is hidden leaves no gap and no empty page."""
        rows: list[Entry] = []
        following = before
        while len(rows) <= limit:
            wanted = limit + 1 - len(rows) if following == before else max(limit + 1, _PAST_HIDDEN)
            page = await self.entries.page(holder_ids, before=following, limit=wanted)
            rows += await self.doubts.shown(page.rows)
            following = page.next
            if following is None:
                break
        today = civil_date(self.clock.now())
        end = rows[limit - 1].arrival if len(rows) > limit else None
        return Page(rows=[entry.on(today) for entry in rows[:limit]], next=end)

    async def entry_of(self, holder_ids: Sequence[str], entry_id: str) -> Certificate:
        """Show one of the holder's own, with what is in it."""
        found = await self.entries.get(entry_id)
        theirs = [found] if found is not None and found.holder_id in holder_ids else []
        judged = await self.doubts.shown(theirs)
        if not judged:
            raise EntryUnknown("no such entry in your space")
        (entry,) = judged
        (content,) = await self.entries.contents([entry])
        return Certificate(entry=entry.on(civil_date(self.clock.now())), content=content)

    async def accesses_of(
        self, holder_ids: Sequence[str], *, since: datetime | None, before: str | None, limit: int
    ) -> Page[Access]:
        """Show a holder who asked for what, and why."""
        return await self.accesses.page(holder_ids, since=since, before=before, limit=limit)
