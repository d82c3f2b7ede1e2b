"""Which entries are their holder's to see, and what is said as soon as that is known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from services.kernel.clock import Clock
from services.kernel.event import Heard
from services.space.domain import REMOVED, Entry, KnownNames, shown
from services.space.events import HolderErased, HolderRegistered, HolderRenamed, NameConfirmed
from services.space.ports import Entries, Histories, Names, Reports

_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubts:
    """Judges by what the store says at this moment, so that the order of events plays no part.

    Also what fitted once: a name that a machine had registered counts no more when the log-in says another.
    A former name that was vouched for goes on to count (identity.v1.HolderRenamed).
    """

    names: Names
    entries: Entries
    histories: Histories
    reports: Reports
    hash_name: Callable[[str, str], str]
    clock: Clock

    async def judged(self, entries: Sequence[Entry]) -> list[Entry]:
        """Each as it is judged now."""
        known = await self._known(entries)
        return [one.judged_by(known) for one in entries]

    async def shown(self, entries: Sequence[Entry]) -> list[Entry]:
        """Those that may be shown; `HolderNotYetKnown` where that cannot be told yet."""
        return shown(await self.judged(await self._named(entries)))

    async def report(self, kept: Sequence[Entry]) -> None:
        """Say of each, as it is kept, what has become of it since. May be repeated."""
        known = await self._known(kept)
        pairs = [(one, one.judged_by(known)) for one in kept]
        now = self.clock.now()
        await self.reports.show([one for was, one in pairs if one.judged == "fits" != was.judged])
        differing = [one for _, one in pairs if one.judged == "differs" and one.name_hash]
        await self.reports.dispute(
            [(one.disputed(at=now), known.versions[one.holder_id]) for one in differing]
        )

    async def hear_holders(
        self, batch: Sequence[Heard[HolderRegistered] | Heard[HolderRenamed] | Heard[HolderErased]]
    ) -> None:
        """First the names, then what lay there before them."""
        await self.names.advance([one.event for one in batch])
        await self._report_all({one.event.holder_id for one in batch})

    async def hear_confirmed(self, batch: Sequence[Heard[NameConfirmed]]) -> None:
        """The same for a name that an authority has confirmed."""
        await self.names.confirm([one.event for one in batch])
        await self._report_all({one.event.holder_id for one in batch})

    async def _named(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """What was removed before its issue was heard has the name of the issue, now that both are here."""
        nameless = {one.entry_id for one in entries if one.state == REMOVED and not one.name_hash}
        if not nameless:
            return entries
        names = await self.histories.names(nameless)
        return [
            replace(one, name_hash=names[one.entry_id], judged="unknown")
            if one.entry_id in nameless & names.keys()
            else one
            for one in entries
        ]

    async def _known(self, entries: Sequence[Entry]) -> KnownNames:
        return await self.names.known({one.holder_id for one in entries}) if entries else KnownNames()

    async def _report_all(self, holder_ids: set[str]) -> None:
        for holder_id in sorted(holder_ids):
            before: str | None = None
            while True:
                page = await self.entries.page([holder_id], before=before, limit=_PAGE)
                await self.report(page.rows)
                before = page.next
                if before is None:
                    break
