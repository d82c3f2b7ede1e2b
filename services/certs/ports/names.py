"""Holders' names as hashes, what authorities confirm of them, and what waits for an authority."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Protocol

from services.certs.domain import Confirmation, KnownAs, Pending
from services.certs.events import HolderErased, HolderRegistered, HolderRenamed


class Names(Protocol):
    """The mirror of identity's holders, by holder id."""

    async def known(self, holder_ids: Sequence[str]) -> Mapping[str, KnownAs]:
        """Those of these that were heard of."""
        ...

    async def advance(self, heard: Sequence[HolderRegistered | HolderRenamed | HolderErased]) -> None:
        """Keep each that is newer than what is held; one of a holder at a time."""
        ...


class Confirmations(Protocol):
    """What authorities have confirmed: for ever."""

    async def there(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of these ids that stand."""
        ...

    async def add(self, confirmation: Confirmation) -> None:
        """Keep and say it; one that stands is left as it is."""
        ...


class Pendings(Protocol):
    """Approvals that wait for their authority."""

    async def hold(self, pendings: Sequence[Pending]) -> frozenset[str]:
        """Keep each; one that is there is left as it is. Give the ids of those."""
        ...

    async def find(self, pending_id: str) -> Pending | None:
        """By id, whatever became of it."""
        ...

    async def page(self, authorities: Sequence[str], *, before: str | None, limit: int) -> Sequence[Pending]:
        """Those of these authorities that wait, newest first."""
        ...

    async def traced(self, traces: Iterable[str]) -> Sequence[Pending]:
        """All that wait and have one of these `Pending.traces`, without what they say."""
        ...

    def of_holder(self, holder_id: str) -> AsyncIterator[Sequence[Pending]]:
        """All of this holder that wait, page by page; what is settled meanwhile hides no other."""
        ...

    async def keep(self, pending: Pending, *, anew: bool = False) -> None:
        """Keep what was loaded as it stands now, or raise `Stale`. `anew`: it is about another holder."""
        ...

    async def issued(self, certificate_id: str) -> Pending | None:
        """The certificate that stands under this id, as it would wait.

        None where it is over, erased, or none is.
        """
        ...
