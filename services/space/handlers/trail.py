"""What is on record of a holder: into the log, out as evidence, and looked up by who runs the platform."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.kernel.clock import Clock
from services.kernel.event import Heard
from services.space.domain import Access, AccessUnknown, HolderUnknown, Operator
from services.space.events import AccessNoted, AccessRecorded
from services.space.ports import Accesses, AccessLog, Names, Page

OFFICE = "platform_administration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """The access records as something that can be proved."""

    accesses: Accesses
    log: AccessLog
    names: Names
    clock: Clock

    async def log_accesses(self, batch: Sequence[Heard[AccessRecorded | AccessNoted]]) -> None:
        """A leaf for each, by what is kept; harmless when repeated."""
        await self.log.add(await self.accesses.get_many([one.event.access_id for one in batch]))

    async def access_of(self, holder_ids: Sequence[str], access_id: str) -> Access:
        """One about these holders; AccessUnknown."""
        found = await self.accesses.find(access_id)
        if found is None or found.holder_id not in holder_ids:
            raise AccessUnknown("no access to your space has this id")
        return found

    async def evidence(
        self, holder_ids: Sequence[str], access_id: str, *, older: str | None
    ) -> Mapping[str, object]:
        """With an `older` head: that the log has only grown since, too."""
        found = await self.access_of(holder_ids, access_id)
        return await self.log.evidence(found.access_id, older=older)

    async def look_up(
        self, holder_id: str, reason: str, *, by: Operator, before: str | None, limit: int
    ) -> Page[Access]:
        """Show somebody else's accesses. First the record, which the holder sees, then the answer."""
        if holder_id not in (await self.names.known([holder_id])).versions:
            raise HolderUnknown("nobody is known by this id")
        now = self.clock.now()
        looked = Access.without_grant(
            self.clock.new_id(),
            "look_up",
            "shown",
            holder_id=holder_id,
            by=by,
            purpose=reason,
            basis=OFFICE,
            recorded_at=now,
            arrival=self.clock.new_id(),
        )
        await self.accesses.add(looked)
        return await self.accesses.page([holder_id], since=None, before=before, limit=limit)
