"""A holder's own look at the space: what is in it, and who has asked for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.kernel.clock import Clock, civil_date
from services.space.domain import (
    REMOVED,
    Access,
    Cards,
    Certificate,
    Entry,
    EntryUnknown,
    Families,
    Places,
    Version,
    Wanted,
    count_cards,
)
from services.space.handlers.answers import CardsCounted, Laid
from services.space.handlers.names import Doubts
from services.space.ports import Accesses, Entries, Histories, Names, Page, Types

_PAST_HIDDEN = 50  # rows at once, so that a space of hidden ones does not cost a read for each
_AT_ONCE = 250  # rows, where many do not fit what is looked for
# Rows among which everything is read, and what is looked for picked: most spaces have fewer. Behind them a
# card is looked up by its types, each by itself, which is dear where there are many of them.
_WIDE = 500
# A page that is looked for ends here, found or not, and the next one goes on: no request reads a whole group.
_MOST_LOOKED = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """One async method for each question of a holder."""

    doubts: Doubts
    entries: Entries
    accesses: Accesses
    histories: Histories
    names: Names
    types: Types
    cards: Cards
    clock: Clock

    async def entries_of(
        self, holder_ids: Sequence[str], wanted: Wanted, *, before: str | None, limit: int
    ) -> Page[Laid]:
        """Show a holder's own list, as it stands today; what is hidden leaves no gap and no empty page.

        Of a space of thousands a page that is looked for may be short, or empty, and have a next one.
        """
        families, today = await self.types.families(), self._today()
        places, codes = self.cards.places(families), self._codes(wanted, families)
        rows: list[Entry] = []
        following, looked = before, 0
        while len(rows) <= limit and (wanted.all or looked < _MOST_LOOKED):
            more = limit + 1 - len(rows) if following == before else max(limit + 1, _PAST_HIDDEN)
            page = await self.entries.page(
                holder_ids,
                certificate_types=codes if looked >= _WIDE else None,
                before=following,
                limit=more if wanted.all else max(more, _AT_ONCE),
            )
            found = await self.doubts.shown(page.rows)
            rows += [one for one in found if wanted.fits(one, places=places, today=today)]
            looked += len(page.rows)
            following = page.next
            if following is None:
                break
        end = rows[limit - 1].arrival if len(rows) > limit else following
        return Page(rows=[_laid(entry, places, today) for entry in rows[:limit]], next=end)

    async def entry_of(self, holder_ids: Sequence[str], entry_id: str) -> tuple[Certificate, Laid]:
        """Show one of the holder's own, with what is in it."""
        entry = await self.own(holder_ids, entry_id)
        (content,) = await self.entries.contents([entry])
        laid = await self.laid(entry)
        return Certificate(entry=laid.entry, content=content), laid

    async def own(self, holder_ids: Sequence[str], entry_id: str) -> Entry:
        """Find one that these holders may see; EntryUnknown."""
        found = await self.entries.get(entry_id)
        theirs = [found] if found is not None and found.holder_id in holder_ids else []
        judged = [one for one in await self.doubts.shown(theirs) if not _is_out(one)]
        if not judged:
            raise EntryUnknown("no such entry in your space")
        return judged[0]

    async def laid(self, entry: Entry) -> Laid:
        """Lay one in its card."""
        return _laid(entry, self.cards.places(await self.types.families()), self._today())

    async def history_of(self, holder_ids: Sequence[str], entry_id: str) -> Sequence[Version]:
        """Tell what has become of one of the holder's own, newest first."""
        entry = await self.own(holder_ids, entry_id)
        return await self.histories.of(entry.entry_id)

    async def cards_of(self, holder_ids: Sequence[str]) -> CardsCounted:
        """Lay out the cards, with how much lies in each: of a space of thousands, how much of the newest."""
        families, known = await self.types.families(), await self.names.known(holder_ids)
        page = await self.entries.page(holder_ids, before=None, limit=_MOST_LOOKED)
        there = [one.certificate_type for one in await self.doubts.shown(page.rows) if one.state != REMOVED]
        kinds = {known.kinds.get(one) for one in holder_ids}
        counted = count_cards(self.cards, there, families=families, kinds=kinds)
        return CardsCounted(cards=counted, complete=page.next is None)

    async def accesses_of(
        self, holder_ids: Sequence[str], *, since: datetime | None, before: str | None, limit: int
    ) -> Page[Access]:
        """Show a holder who asked for what, and why."""
        return await self.accesses.page(holder_ids, since=since, before=before, limit=limit)

    def _today(self) -> date:
        return civil_date(self.clock.now())

    def _codes(self, wanted: Wanted, families: Families) -> Sequence[str] | None:
        """By which the store can look: a card's, or those of all that holders bring."""
        codes = self.cards.codes_of(wanted.card, families) if wanted.card else None
        if wanted.origin != "upload":
            return codes
        brought = sorted(self.cards.materials)
        return brought if codes is None else [one for one in codes if one in self.cards.materials]


def _laid(entry: Entry, places: Places, today: date) -> Laid:
    return Laid(
        entry=entry.on(today),
        card=places.of(entry.certificate_type),
        expires_in_days=entry.days_left_on(today),
    )


def _is_out(entry: Entry) -> bool:
    """Whether its holder took it out."""
    return entry.origin == "upload" and entry.state == REMOVED
