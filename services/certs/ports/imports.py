"""What the import of files needs and gives."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Literal, Protocol

from services.certs.domain import Finding, SheetLine, Snapshot, Tally

ImportState = Literal["running", "done", "failed", "interrupted"]


class ReadSheet(Protocol):
    """The reader of approvals files."""

    def __call__(self, stream: BinaryIO, filename: str) -> Iterator[SheetLine]:
        """Raise what is wrong with the whole file before the first line is given; blocks."""
        ...


class Road(Protocol):
    """The way out for events."""

    async def room(self) -> None:
        """Return when not too many wait: for those who write in bulk."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why an import failed: a code of `proto/reasons.yaml` and words."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRecord:
    """One import, or comparison with a full list (`snapshot`), as it is kept.

    `alive_at` is renewed about each second by the process that works on it.
    """

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
    snapshot: Snapshot | None = None


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

    async def start(
        self,
        import_id: str,
        upload: Upload,
        *,
        filename: str,
        organisation: str,
        snapshot: Snapshot | None = None,
    ) -> None:
        """Check the head of the file, then work through it beside other requests; once per id.

        `snapshot`: the file is a full list, to be compared.
        """
        ...

    async def find(self, import_id: str, *, organisation: str | None) -> ImportRecord:
        """How it stands, for the organisation that sent it."""
        ...

    def report(self, import_id: str, *, warnings: bool) -> AsyncIterator[str]:
        """CSV, piece by piece: a line for each row refused, or also for each flagged."""
        ...
