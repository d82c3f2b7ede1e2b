"""Names as hashes, and what is said where one does not fit."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from services.space.domain import Entry, KnownNames
from services.space.events import EntryDisputed, HolderErased, HolderRegistered, HolderRenamed, NameConfirmed


class Names(Protocol):
    """What identity and certs have said of holders' names; read from the store at each use."""

    async def known(self, holder_ids: Iterable[str]) -> KnownNames:
        """Of these holders, all that counts."""
        ...

    async def advance(self, heard: Sequence[HolderRegistered | HolderRenamed | HolderErased]) -> None:
        """Keep each that is newer than what is held."""
        ...

    async def confirm(self, heard: Sequence[NameConfirmed]) -> None:
        """Keep each, once."""
        ...


class Reports(Protocol):
    """What is said of entries after their arrival, when their holder became known."""

    async def show(self, entries: Sequence[Entry]) -> None:
        """Say each, for the holder too; once for each version."""
        ...

    async def dispute(self, disputes: Sequence[tuple[EntryDisputed, int]]) -> None:
        """Say each, once for each version of it and each of its holder's names, which comes second."""
        ...
