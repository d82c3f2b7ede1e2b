"""Holders, which documents are one person's, and whether codes work."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from services.identity.domain.aliases import Linkage
from services.identity.domain.holders import Enrolment, Holder
from services.identity.domain.standings import Standing
from services.identity.events import AliasesChanged, HolderErased, StandingChanged
from services.kernel.holders import HolderId, HolderKind


class Holders(Protocol):
    """By holder id; what is personal is encrypted. Who was erased is nobody until registered anew."""

    async def kind_of(self, holder_id: HolderId) -> HolderKind | None:
        """None where nobody is registered."""
        ...

    async def find(self, holder_id: HolderId) -> Holder | None:
        """With the profile in the clear; `content_erased` when its key is gone."""
        ...

    async def enrolment(self, holder_id: HolderId) -> Enrolment | None:
        """Without the profile, also of one that was erased."""
        ...

    async def seek(self, holder_id: HolderId) -> tuple[Enrolment | None, Holder | None]:
        """Both, by the same reads for every id, registered or not."""
        ...

    async def add(self, holder: Holder) -> bool:
        """Keep it with its fact; False if it is there already."""
        ...

    async def revive(self, holder: Holder) -> None:
        """Keep it with its fact over one that was erased; `stale` if somebody else was first."""
        ...

    async def rename(self, holder: Holder) -> None:
        """Keep version n over n-1; `stale` if somebody else was first."""
        ...

    async def echo_add(self, holder: Holder) -> None:
        """Write for a known number what `add` writes for an unknown one, where nobody reads it."""
        ...

    async def echo_rename(self, holder: Holder) -> None:
        """Write for an unknown number what `rename` writes for a known one, where nobody reads it."""
        ...

    async def erase(self, enrolment: Enrolment, *, emit: HolderErased) -> None:
        """Keep that it is erased, without its profile; `stale` if somebody else was first."""
        ...

    async def forget(self, holder_id: HolderId, *, life: int) -> None:
        """Delete the key of that life, so that no copy of its profile opens again. May be repeated."""
        ...


class Linkages(Protocol):
    """By holder id, registered or not."""

    async def find(self, holder_id: HolderId) -> Linkage:
        """As it stands; version 0 where there is none."""
        ...

    async def find_many(self, holder_ids: Sequence[HolderId]) -> Sequence[Linkage]:
        """Those that are there."""
        ...

    async def keep(self, linkage: Linkage, *, emit: AliasesChanged | None = None) -> None:
        """Keep version n over n-1; `stale` if somebody else was first."""
        ...


class Recent(Protocol):
    """What this process has heard of holders in the last minutes."""

    def any_of(self, holder_ids: Iterable[str], *, since: datetime | None) -> bool:
        """Whether anything was told of them since; True also where that is not known."""
        ...


class Standings(Protocol):
    """By holder id, registered or not."""

    async def find(self, holder_id: HolderId) -> Standing:
        """As it stands; active at version 0 where nobody has changed it."""
        ...

    async def keep(self, standing: Standing, *, emit: StandingChanged) -> None:
        """Keep version n over n-1 together with its fact; `stale` if somebody else was first."""
        ...
