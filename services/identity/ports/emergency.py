"""Emergency codes that were given out, and second uses found afterwards."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.identity.domain.emergency import EmergencyCode, Reuse
from services.identity.domain.standings import Standing
from services.kernel.holders import HolderId


class EmergencyCodes(Protocol):
    """By code id. The text of a code is not kept."""

    async def find(self, code_id: str) -> EmergencyCode | None:
        """As it was last written; what a freeze and time make of it, `state_at` says."""
        ...

    async def of(self, holder_id: HolderId) -> Sequence[EmergencyCode]:
        """All that are still kept, newest first."""
        ...

    async def add(self, code: EmergencyCode) -> bool:
        """False where another good one of the holder has its place."""
        ...

    async def change(self, code: EmergencyCode) -> bool:
        """Keep version n over n-1; False if somebody else was first."""
        ...

    async def revoked(self, *, at: datetime) -> Sequence[str]:
        """Ids of the revoked ones whose time is not over."""
        ...

    async def issued(self, holder_ids: Sequence[HolderId], *, at: datetime) -> Sequence[EmergencyCode]:
        """Those of these holders that would be good."""
        ...

    async def cut_off(self, *, since: datetime) -> Mapping[HolderId, Standing]:
        """The holders whose codes were frozen or ended since then, as each stands now."""
        ...


class Reuses(Protocol):
    """By reuse id."""

    async def add(self, reuse: Reuse) -> bool:
        """Keep it with its fact; False if it is there already."""
        ...

    async def of(self, holder_id: HolderId) -> Sequence[Reuse]:
        """Those of the holder's codes."""
        ...
