"""Who pulled a certificate learns of what happens to it afterwards."""

from collections.abc import Sequence
from datetime import datetime

from services.kernel.clock import Clock
from services.kernel.event import Heard
from services.kernel.keys.tokens import Caller
from services.notify import domain, ports
from services.notify.domain import CLOCKS_APART, Outdated
from services.notify.events import AccessRecorded, EntryChanged
from services.notify.handlers.partners import Partners, organisation_of


class Recipients:
    """Pulls and changes come on topics of their own, in any order.

    Each is kept before the other is looked for: so whichever of two processes is the later finds both.
    """

    def __init__(self, kept: ports.Recipients, partners: Partners, clock: Clock) -> None:
        self._kept, self._partners, self._clock = kept, partners, clock

    async def remember(self, batch: Sequence[Heard[AccessRecorded]]) -> None:
        """Keep who has what; tell at once where it was changed since that version."""
        pulled = domain.recipients(heard.event for heard in batch)
        if not pulled:
            return
        await self._kept.remember(pulled)
        entry_ids = sorted({one.entry_id for one in pulled})
        changes = await self._kept.changes_of(entry_ids)
        # As kept: who has pulled a newer version since is not told of what that one says.
        who = {(one.entry_id, one.organisation) for one in pulled}
        having = [one for one in await self._kept.of(entry_ids) if (one.entry_id, one.organisation) in who]
        await self._tell(domain.outdated(having, changes, at=self._clock.now()))

    async def follow(self, batch: Sequence[Heard[EntryChanged]]) -> None:
        """Keep what happened; tell those who have an earlier version."""
        changes = domain.that_matter(heard.event for heard in batch)
        if not changes:
            return
        await self._kept.keep_changes(changes)
        having = await self._kept.of(sorted({one.entry_id for one in changes}))
        await self._tell(domain.outdated(having, changes, at=self._clock.now()))

    async def told(self, caller: Caller, *, before: datetime | None, limit: int) -> list[Outdated]:
        """Give the caller's organisation what it was told, newest first."""
        end = before or self._clock.now() + CLOCKS_APART
        return await self._kept.newest(organisation_of(caller), before=end, limit=limit)

    async def _tell(self, told: Sequence[Outdated]) -> None:
        if told:
            await self._kept.tell(told)
            await self._partners.recall(told)
