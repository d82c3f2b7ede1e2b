"""What the space needs to know of organisations."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from services.space.events import OrganisationRegistered


class Organisations(Protocol):
    """The mirror of organisations: what each is called."""

    async def names(self, codes: Iterable[str]) -> Mapping[str, str]:
        """By credit code, those that are known."""
        ...

    async def advance(self, heard: Sequence[OrganisationRegistered]) -> None:
        """Keep each that is newer than what is held."""
        ...
