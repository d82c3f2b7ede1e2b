"""Organisations, their systems and staff, what was changed by whom, and how often each may ask."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from services.identity.domain.audit import Change
from services.identity.domain.clients import Client
from services.identity.domain.limits import LimitKind
from services.identity.domain.operators import Operator
from services.identity.domain.organisations import Organisation
from services.identity.events import ClientChanged, OperatorChanged, OrganisationRegistered

__all__ = ["Audit", "Clients", "LimitKind", "Limits", "Operators", "Organisations"]


class Organisations(Protocol):
    """By credit code."""

    async def find(self, organisation: str) -> Organisation | None:
        """As it stands."""
        ...

    async def page(self, *, after: str, limit: int) -> Sequence[Organisation]:
        """Those whose credit code comes after this, in its order, removed ones too."""
        ...

    async def keep(self, organisation: Organisation, *, emit: OrganisationRegistered) -> None:
        """Keep version n over n-1 together with its fact; `stale` if somebody else was first."""
        ...


class Operators(Protocol):
    """By operator id."""

    async def find(self, operator_id: str) -> Operator | None:
        """As it stands."""
        ...

    async def page(self, *, organisation: str | None, after: str, limit: int) -> Sequence[Operator]:
        """Those whose id comes after this, of one organisation or of all, removed ones too."""
        ...

    async def keep(self, operator: Operator, *, emit: OperatorChanged) -> None:
        """Keep version n over n-1 together with its fact; `stale` if somebody else was first."""
        ...


class Clients(Protocol):
    """By client id."""

    async def find(self, client_id: str) -> Client | None:
        """As it stands."""
        ...

    async def page(self, *, after: str, limit: int) -> Sequence[Client]:
        """Those whose id comes after this, in its order, removed ones too."""
        ...

    async def keep(self, client: Client, *, emit: ClientChanged) -> None:
        """Keep version n over n-1 together with its fact; `stale` if somebody else was first."""
        ...

    async def introduce(self, client: Client, *, emit: ClientChanged) -> None:
        """Register it unless there is, or was, one of that name."""
        ...


class Audit(Protocol):
    """What was changed in the registry; only ever added to."""

    async def add(self, changes: Sequence[Change]) -> None:
        """Keep each that is not there yet."""
        ...

    async def page(
        self,
        *,
        subject: str | None,
        since: datetime | None,
        before: datetime | None,
        after: str | None,
        limit: int,
    ) -> tuple[Sequence[Change], str | None]:
        """Give those of a subject and a time, newest first, and where the next page begins.

        `after`: that place, as the page before gave it.
        """
        ...


class Limits(Protocol):
    """How often one may ask; counted in the store, so that a restart or a second process changes nothing."""

    async def take(self, kind: LimitKind, who: str) -> None:
        """Count one more, or raise `RateLimited` (429 with Retry-After)."""
        ...
