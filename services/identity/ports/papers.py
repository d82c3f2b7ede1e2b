"""Paper codes."""

from collections.abc import Sequence
from typing import Protocol

from services.identity.domain.papers import Paper
from services.kernel.holders import HolderId


class Papers(Protocol):
    """By paper id; the address itself is on the paper alone."""

    async def find(self, paper_id: str) -> Paper | None:
        """As it stands."""
        ...

    async def of(self, holder_id: HolderId) -> Sequence[Paper]:
        """The holder's, newest first."""
        ...

    async def add(self, paper: Paper) -> None:
        """Keep a new one."""
        ...

    async def change(self, paper: Paper) -> None:
        """Keep version n over n-1; `stale` if somebody else was first."""
        ...
