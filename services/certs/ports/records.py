"""The stores of what certs keeps. Every call may raise `Unavailable`."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from services.certs.domain import Catalogue, Certificate, CertificateType, Kept, Organisation, Standing
from services.certs.events import OrganisationRegistered
from services.certs.ports.proof import Proof


class Organisations(Protocol):
    """The mirror of identity's organisations."""

    async def find(self, organisation: str) -> Organisation | None:
        """As it stands now: an entitlement withdrawn is gone from the next call on."""
        ...

    async def advance(self, heard: Sequence[OrganisationRegistered]) -> None:
        """Keep each that is newer than what is held."""
        ...


class Certificates(Protocol):
    """Every certificate, once."""

    async def known(self, certificates: Sequence[Certificate]) -> Mapping[str, Kept]:
        """Those of these that stand, by id."""
        ...

    async def add_many(self, certificates: Sequence[Certificate], proofs: Sequence[Proof]) -> frozenset[str]:
        """Keep each with its event, or neither; return the ids that another process was first with."""
        ...


class Standings(Protocol):
    """Certificates as they stand, and every change of them."""

    async def find(self, certificate_id: str) -> Standing | None:
        """By id, with all its changes."""
        ...

    async def find_by_identifier(self, identifier: str) -> Standing | None:
        """By the identifier of the version that stands."""
        ...

    async def overdue(self, today: date) -> Sequence[Standing]:
        """Some of those that stand and whose last day was before this one, the oldest first."""
        ...

    async def keep(self, standing: Standing) -> None:
        """Keep version n over n-1 together with its fact, or raise `Stale`."""
        ...


class Types(Protocol):
    """The published types, version by version."""

    async def catalogue(self, *, at_once: bool = False) -> Catalogue:
        """Every type as it stood at most a second ago; `at_once`: as it stands."""
        ...

    async def find(self, code: str, *, version: int | None = None) -> CertificateType | None:
        """By exactly this code: as it stands, or as it was at that version."""
        ...

    async def keep(self, one: CertificateType, *, by: str) -> None:
        """Keep and say version n over n-1, or raise `Stale`."""
        ...
