"""A file of approvals worked through row by row: in batches, in bounded memory, and never twice."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from services.certs.domain import ImportUnknown, ReadRow, SheetLine, Snapshot, Tally
from services.certs.handlers import Desk
from services.certs.imports.batches import next_batch
from services.certs.imports.patience import insist
from services.certs.imports.pieces import act_on_rows, with_rules
from services.certs.imports.places import Places
from services.certs.imports.reconciling import Reconciliation
from services.certs.imports.report import account, csv_head, csv_lines
from services.certs.imports.uploads import receive
from services.certs.ports import ImportRecord, Imports, Problem, ReadSheet, Road, Upload
from services.kernel.errors import Refusal, Unavailable

log = logging.getLogger("yima.imports")

BATCH = 100
BEAT_S = 1.0
# A process that died leaves `alive_at` as it was; one that waits for an engine renews it afterwards.
SILENT = timedelta(seconds=30)
_PAGES_AT_ONCE = 20

Watch = Callable[[ImportRecord], None]
Step = Callable[[ImportRecord, list[SheetLine]], Awaitable[ImportRecord]]
End = Callable[[ImportRecord], Awaitable[ImportRecord]]


@dataclass(slots=True)
class _Job:
    record: ImportRecord


class Importer:
    """Works through files; `road` holds it back while events pile up."""

    def __init__(
        self,
        desk: Desk,
        imports: Imports,
        road: Road,
        read: ReadSheet,
        *,
        spool_dir: Path | None,
        largest_upload: int,
        at_once: int,
    ) -> None:
        self._desk, self._imports, self._road, self._read = desk, imports, road, read
        self._spool_dir, self._largest, self._places = spool_dir, largest_upload, Places(at_once)
        self._tasks: set[asyncio.Task[ImportRecord]] = set()

    async def receive(self, chunks: AsyncIterator[bytes], *, said: int | None) -> Upload:
        """Onto the disk, bounded."""
        return await receive(chunks, said=said, largest=self._largest, spool_dir=self._spool_dir)

    async def start(
        self,
        import_id: str,
        upload: Upload,
        *,
        filename: str,
        organisation: str,
        snapshot: Snapshot | None = None,
    ) -> None:
        """Answer for the whole file at once, and leave its rows to a task."""
        with ExitStack() as unless_taken_up:
            unless_taken_up.callback(upload.stream.close)
            if await self._imports.find(import_id):
                return
            unless_taken_up.enter_context(self._places.taken())
            lines = await self.open(upload.stream, filename)
            record = await self.begin(
                import_id, filename=filename, organisation=organisation, snapshot=snapshot
            )
            if record is None:
                return
            task = asyncio.create_task(self.work(record, lines, again=upload.stream))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            closing = unless_taken_up.pop_all()
            task.add_done_callback(lambda _: closing.close())

    async def open(self, stream: BinaryIO, filename: str) -> Iterator[SheetLine]:
        """Read the head, in a thread: what is wrong with the whole file is raised here."""
        return await asyncio.to_thread(self._read, stream, filename)

    async def begin(
        self, import_id: str, *, filename: str, organisation: str, snapshot: Snapshot | None = None
    ) -> ImportRecord | None:
        """Keep the record of a new import; None when it was begun before."""
        now = self._desk.clock.now()
        record = ImportRecord(
            import_id=import_id,
            organisation=organisation,
            filename=filename,
            state="running",
            tally=Tally(),
            started_at=now,
            alive_at=now,
            snapshot=snapshot,
        )
        return record if await self._imports.begin(record) else None

    async def work(
        self,
        record: ImportRecord,
        lines: Iterator[SheetLine],
        *,
        again: BinaryIO | None = None,
        watch: Watch = lambda _: None,
    ) -> ImportRecord:
        """Every row once; return the record as it was kept last. `again`: to read a full list twice."""
        job, stop = _Job(record), asyncio.Event()
        step, end = self._steps(record, again)
        beating = asyncio.create_task(self._beat(job, stop))
        try:
            while batch := await next_batch(lines, BATCH):
                await self._road.room()
                told = await with_rules(self._desk, batch, sender=record.organisation)
                job.record = await step(job.record, told)
                watch(job.record)
            job.record = replace(await end(job.record), state="done")
        except Refusal as failure:
            job.record = _failed(job.record, failure.code, failure.detail)
        except Exception as error:  # reason: whoever waits for the import must learn that it has ended
            log.exception("an import failed", extra={"import_id": record.import_id})
            job.record = _failed(job.record, "unexpected", type(error).__name__)
        finally:
            stop.set()
            await beating
        now = self._desk.clock.now()
        job.record = replace(job.record, ended_at=now, alive_at=now)
        await insist(lambda: self._imports.keep(job.record))
        return job.record

    async def find(self, import_id: str, *, organisation: str | None) -> ImportRecord:
        """A process that died says nothing any more: its imports are shown as interrupted."""
        found = await self._imports.find(import_id)
        if found is None or found.organisation != organisation:
            raise ImportUnknown(f"no import {import_id[:64]} of this organisation")
        if found.state == "running" and self._desk.clock.now() - found.alive_at > SILENT:
            detail = f"the process that worked on it was last heard of at {found.alive_at:%Y-%m-%dT%H:%M:%SZ}"
            problem = Problem(code="import_interrupted", detail=detail)
            return replace(found, state="interrupted", problem=problem)
        return found

    async def report(self, import_id: str, *, warnings: bool) -> AsyncIterator[str]:
        """As far as the import has come; page after page."""
        yield csv_head()
        first = 0
        while pages := await self._imports.pages(import_id, range(first, first + _PAGES_AT_ONCE)):
            for page in pages:
                yield csv_lines(page, warnings=warnings)
            first += _PAGES_AT_ONCE

    def _steps(self, record: ImportRecord, again: BinaryIO | None) -> tuple[Step, End]:
        if record.snapshot is None or again is None:
            return self._batch, _as_it_is

        async def reread() -> Iterator[SheetLine]:
            again.seek(0)
            return await self.open(again, record.filename)

        full = Reconciliation(self._desk, self._imports, self._road, record.snapshot, reread)
        return full.compare, full.end

    async def _batch(self, record: ImportRecord, batch: list[SheetLine]) -> ImportRecord:
        """Outcomes first, then their page of the report: a repeat of either changes nothing."""
        rows = [one for one in batch if isinstance(one, ReadRow)]
        outcomes = await act_on_rows(self._desk, rows, sender=record.organisation)
        tally, findings = account(record.tally, batch, outcomes)
        if findings:
            now = self._desk.clock.now()
            await insist(lambda: self._imports.add_page(record.import_id, record.pages, findings, at=now))
        return replace(record, tally=tally, pages=record.pages + bool(findings))

    async def _beat(self, job: _Job, stop: asyncio.Event) -> None:
        """Show about each second how far it is; a missed beat is made up by the next."""
        while not stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), BEAT_S)
                return
            with suppress(Unavailable):
                await self._imports.keep(replace(job.record, alive_at=self._desk.clock.now()))


async def _as_it_is(record: ImportRecord) -> ImportRecord:
    return record


def _failed(record: ImportRecord, code: str, detail: str) -> ImportRecord:
    return replace(record, state="failed", problem=Problem(code=code, detail=detail))
