"""The stores of what certs keeps. Every call may raise `Unavailable`."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Protocol

from services.certs.domain import Catalogue, Certificate, CertificateType, Kept, Move, Organisation, Standing
from services.certs.events import OrganisationRegistered
from services.certs.ports.proof import Proof


class Organisations(Protocol):
    """The mirror of identity's organisations."""

    async def find(self, organisation: str) -> Organisation | None:
        """As it stands now: an entitlement withdrawn is gone from the next call on."""
        ...

    def guess(self, organisation: str) -> Organisation | None:
        """As it was found last: to begin with what `find` has then to confirm, never to act on."""
        ...

    async def advance(self, heard: Sequence[OrganisationRegistered]) -> None:
        """Keep each that is newer than what is held."""
        ...


class Certificates(Protocol):
    """Every certificate, once."""

    async def known(self, ids: Sequence[str], *, holder_ids: Iterable[str] = ()) -> Mapping[str, Kept]:
        """The certificates that stand, by the ids of the approvals that led to one of their editions.

        `holder_ids`: for whom new ones may have to be kept next.
        """
        ...

    async def expect(self, holder_ids: Iterable[str]) -> None:
        """Keep what has to be kept before certificates of theirs can be."""
        ...

    async def add_many(self, certificates: Sequence[Certificate], proofs: Sequence[Proof]) -> frozenset[str]:
        """Keep each with its event, or neither; return the ids of those that were not kept.

        Another process was first with it, or one that stands is what only one may be: the store cannot tell.
        """
        ...


class Standings(Protocol):
    """Certificates as they stand, and every change of them."""

    async def find(self, certificate_id: str) -> Standing | None:
        """By id, with all its changes."""
        ...

    async def find_by_identifier(self, identifier: str) -> Standing | None:
        """By the identifier of any of its editions."""
        ...

    async def numbered(self, number_keys: Sequence[str]) -> Mapping[str, Sequence[Standing]]:
        """Those whose edition that stands has one of these numbers, by their keyed hashes."""
        ...

    async def sole(self, only_one: Sequence[str]) -> Sequence[Standing]:
        """Those that stand as what no second one may be."""
        ...

    async def standing(self, authority: str, code: str, *, after: str, limit: int) -> Sequence[Standing]:
        """Those of this authority and exactly this code that have not ended, by id, after this one."""
        ...

    async def overdue(self, today: date, *, but: Collection[str] = ()) -> Sequence[Standing]:
        """Some of those that stand and whose last day was before this one, the oldest first.

        `but`: ids of those that are passed over; none only where there is no other.
        """
        ...

    async def keep(self, standing: Standing) -> None:
        """Keep version n over n-1 together with its fact, or raise `Stale`."""
        ...


class Editions(Protocol):
    """Further editions of certificates that stand."""

    async def add(
        self, certificate: Certificate, proof: Proof, *, over: Standing, move: Move | None = None
    ) -> bool:
        """Keep it over the one that stands together with its facts, or raise `Stale`.

        `move`: the correction that it is; None: it renews. Who has the certificate no more is told so.
        False: another certificate comes from its approval, or is what only one may be.
        """
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
