"""What certs needs from the world. Every call to a store may raise `Unavailable`."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO, Literal, Protocol

from services.certs.domain import (
    Catalogue,
    Certificate,
    CertificateType,
    Finding,
    Kept,
    Organisation,
    SheetLine,
    Standing,
    Tally,
)
from services.certs.events import OrganisationRegistered
from services.certs.ports.names import Confirmations, Names, Pendings

__all__ = [
    "Certificates",
    "Confirmations",
    "ImportRecord",
    "ImportState",
    "Importing",
    "Imports",
    "Names",
    "Organisations",
    "Pendings",
    "Problem",
    "ReadSheet",
    "Road",
    "Signing",
    "Standings",
    "Types",
    "Upload",
]

ImportState = Literal["running", "done", "failed", "interrupted"]


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

    async def known(self, ids: Sequence[str]) -> Mapping[str, Kept]:
        """Those of these ids that stand."""
        ...

    async def add_many(self, certificates: Sequence[Certificate], proofs: Sequence[str]) -> frozenset[str]:
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


class Signing(Protocol):
    """The platform's signature."""

    def sign(self, certificate: Certificate) -> str:
        """A compact JWS over what a reader of the certificate sees."""
        ...


class Road(Protocol):
    """The way out for events."""

    async def room(self) -> None:
        """Return when not too many wait: for those who write in bulk."""
        ...


class ReadSheet(Protocol):
    """The reader of approvals files."""

    def __call__(self, stream: BinaryIO, filename: str) -> Iterator[SheetLine]:
        """Raise what is wrong with the whole file before the first line is given; blocks."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why an import failed: a code of `proto/reasons.yaml` and words."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRecord:
    """One import as it is kept; `alive_at` is renewed about each second by the process that works on it."""

    import_id: str
    organisation: str
    filename: str
    state: ImportState
    tally: Tally
    started_at: datetime
    alive_at: datetime
    ended_at: datetime | None = None
    pages: int = 0
    problem: Problem | None = None


class Imports(Protocol):
    """Imports and their reports."""

    async def begin(self, record: ImportRecord) -> bool:
        """Keep a new one; False when it was begun before."""
        ...

    async def keep(self, record: ImportRecord) -> None:
        """Keep how it stands now; one process writes it."""
        ...

    async def find(self, import_id: str) -> ImportRecord | None:
        """As it was kept last."""
        ...

    async def add_page(self, import_id: str, page: int, findings: Sequence[Finding], *, at: datetime) -> None:
        """Keep a page of the report; harmless when repeated."""
        ...

    async def pages(self, import_id: str, pages: Sequence[int]) -> Sequence[Sequence[Finding]]:
        """These pages, in order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that was received: without a name on the disk, gone when it is closed or the process ends."""

    stream: BinaryIO
    digest: bytes


class Importing(Protocol):
    """What HTTP asks of the import of files."""

    async def receive(self, chunks: AsyncIterator[bytes], *, said: int | None) -> Upload:
        """Take the file in, bounded; `said` is its size as the sender announces it."""
        ...

    async def start(self, import_id: str, upload: Upload, *, filename: str, organisation: str) -> None:
        """Check the head of the file, then work through it beside other requests; once per id."""
        ...

    async def find(self, import_id: str, *, organisation: str | None) -> ImportRecord:
        """How it stands, for the organisation that sent it."""
        ...

    def report(self, import_id: str, *, warnings: bool) -> AsyncIterator[str]:
        """CSV, piece by piece: a line for each row refused, or also for each flagged."""
        ...
