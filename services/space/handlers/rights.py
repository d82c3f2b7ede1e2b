"""Rights that were taken back: heard, and looked up at each use."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.kernel.clock import Clock
from services.kernel.event import Heard
from services.space.domain import Grant, Mandate
from services.space.events import GrantWithdrawn, MandateChanged
from services.space.ports import Revocations


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What identity has taken back counts at matches, pulls and reads alike."""

    revocations: Revocations
    clock: Clock

    async def withdraw_grants(self, batch: Sequence[Heard[GrantWithdrawn]]) -> None:
        """From now on refuse these, whether or not they were ever seen here."""
        await self.revocations.withdraw([(one.event.grant_id, one.event.withdrawn_at) for one in batch])

    async def mirror_mandates(self, batch: Sequence[Heard[MandateChanged]]) -> None:
        """Said to both sides, and the same to both; of several versions in one batch the newest counts."""
        said = sorted((one.event for one in batch), key=lambda one: one.version)
        newest = {
            one.mandate_id: Mandate(
                mandate_id=one.mandate_id, version=one.version, state=one.state, until=one.until
            )
            for one in said
        }
        await self.revocations.advance(list(newest.values()))

    async def check_acting(self, mandate_id: str | None) -> None:
        """Let nobody read for another under a mandate that has ended: a token lives longer."""
        mandate = await self.revocations.mandate(mandate_id) if mandate_id else None
        if mandate is not None:
            mandate.check_open(at=self.clock.now())

    async def check_stands(self, grant: Grant) -> None:
        """Refuse a grant that was taken back since it was given, or with its mandate."""
        withdrawn = await self.revocations.is_withdrawn(grant.grant_id)
        mandate = await self.revocations.mandate(grant.mandate_id) if grant.mandate_id else None
        grant.check_stands(withdrawn=withdrawn, mandate=mandate, at=self.clock.now())
