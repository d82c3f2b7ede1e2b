"""What the space needs to know of certificate types."""

from collections.abc import Sequence
from typing import Protocol

from services.space.domain import Families
from services.space.events import TypePublished


class Types(Protocol):
    """The mirror of certificate types."""

    async def families(self) -> Families:
        """Which codes mean the same type."""
        ...

    async def advance(self, heard: Sequence[TypePublished]) -> None:
        """Keep each that is newer than what is held."""
        ...
