"""Rights that were taken back: heard, and looked up at each use."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from services.kernel.clock import Clock
from services.kernel.event import Heard
from services.space.domain import Grant, Mandate, Standing
from services.space.events import GrantWithdrawn, MandateChanged, StandingChanged
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

    async def mirror_standings(self, batch: Sequence[Heard[StandingChanged]]) -> None:
        """A freeze counts here as soon as it is said, and not when identity has withdrawn grant by grant."""
        said = sorted((one.event for one in batch), key=lambda one: one.version)
        newest = {
            one.holder_id: Standing(
                holder_id=one.holder_id, version=one.version, state=one.state, changed_at=one.changed_at
            )
            for one in said
        }
        await self.revocations.advance_standings(list(newest.values()))

    async def check_acting(self, mandate_id: str | None) -> None:
        """Let nobody read for another under a mandate that has ended: a token lives longer."""
        mandate = await self._mandate(mandate_id)
        if mandate is not None:
            mandate.check_open(at=self.clock.now())

    async def check_stands(self, grant: Grant) -> None:
        """Refuse a grant that was taken back since it was given, or with its mandate."""
        withdrawn, mandate, standing = await asyncio.gather(
            self.revocations.is_withdrawn(grant.grant_id),
            self._mandate(grant.mandate_id),
            self.revocations.standing(grant.holder_id),
        )
        grant.check_stands(withdrawn=withdrawn, mandate=mandate, standing=standing, at=self.clock.now())

    async def _mandate(self, mandate_id: str | None) -> Mandate | None:
        return await self.revocations.mandate(mandate_id) if mandate_id else None
