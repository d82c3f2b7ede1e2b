"""Uses of concessions."""

from typing import Protocol

from services.space.domain import ConcessionUse, Quota


class Uses(Protocol):
    """Each use that counts has a slot of its period: so many slots, so many uses."""

    async def claim(self, use: ConcessionUse, quota: Quota, *, period: str) -> bool:
        """Count it, once for its scan; False where the period has no slot left."""
        ...

    async def has_room(self, use: ConcessionUse, quota: Quota, *, period: str) -> bool:
        """Whether that would succeed now."""
        ...
