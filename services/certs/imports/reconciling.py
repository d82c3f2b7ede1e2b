"""A full list worked through: compared first, and acted on in a second reading where that was asked for.

In memory are the ids of what the file names, some hundred bytes each in a set, and a batch of rows.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice

from services.certs.domain import (
    Approval,
    Compared,
    Finding,
    IdleRows,
    ReadRow,
    RefusedRow,
    SheetLine,
    Snapshot,
    Tally,
)
from services.certs.handlers import (
    Desk,
    Waiting,
    ask_authority,
    compare_rows,
    settle_returned,
    standing_pages,
)
from services.certs.imports.batches import next_batch
from services.certs.imports.patience import insist
from services.certs.imports.pieces import accept_in_pieces
from services.certs.imports.report import findings_of, withdrawn
from services.certs.ports import ImportRecord, Imports, Road
from services.kernel.errors import Refusal

BATCH = 100
Reread = Callable[[], Awaitable[Iterator[SheetLine]]]


class Reconciliation:
    """One file against one authority's certificates of one type."""

    def __init__(self, desk: Desk, imports: Imports, road: Road, snapshot: Snapshot, reread: Reread) -> None:
        self._desk, self._imports, self._road = desk, imports, road
        self._snapshot, self._reread = snapshot, reread
        self._named: set[bytes] = set()
        self._unread = 0

    async def compare(self, record: ImportRecord, batch: list[SheetLine]) -> ImportRecord:
        """Outcomes first, then their page of the report; nothing is changed."""
        rows = [one for one in batch if isinstance(one, ReadRow)]
        compared = await self._compared(record, rows)
        tally, findings = record.tally, list[Finding]()
        for idle in batch:
            if isinstance(idle, IdleRows):
                tally = tally.add(skipped=idle.rows)
            elif isinstance(idle, RefusedRow):
                self._unread += 1
                tally = tally.add(refused=1)
                findings.extend(idle.findings)
        for row, one in zip(rows, compared, strict=True):
            tally = self._count(tally, row, one, findings)
        return await self._report(record, tally, findings)

    async def end(self, record: ImportRecord) -> ImportRecord:
        """Name what the file does not, and act if that was asked for and is not too much."""
        standing, vanished = 0, set[bytes]()
        async for page in standing_pages(self._desk, self._snapshot):
            standing += len(page)
            gone = [one for one in page if bytes.fromhex(one.certificate_id) not in self._named]
            vanished |= {bytes.fromhex(one.certificate_id) for one in gone}
            findings = [
                Finding(line=0, column="", code="certificate_vanished", detail=one.identifier) for one in gone
            ]
            record = await self._report(record, record.tally.add(vanished=len(gone)), findings)
        if not self._snapshot.apply:
            return record
        self._snapshot.check(standing=standing, vanished=len(vanished), refused=self._unread)
        return await self._act(record, frozenset(vanished))

    async def _act(self, record: ImportRecord, vanished: frozenset[bytes]) -> ImportRecord:
        lines = await self._reread()
        while batch := await next_batch(lines, BATCH):
            await self._road.room()
            record = await self._accept(record, batch)
        ids = iter(sorted(vanished))
        while some := list(islice(ids, BATCH)):
            asked = partial(ask_authority, self._desk, [one.hex() for one in some])
            await insist(partial(asked, sender=record.organisation))
        await insist(lambda: settle_returned(self._desk, self._snapshot, vanished))
        return record

    async def _accept(self, record: ImportRecord, batch: list[SheetLine]) -> ImportRecord:
        """What is new, and what goes on with the certificate of its number.

        Other details of the same decision are for the authority to decide about.
        """
        rows = [one for one in batch if isinstance(one, ReadRow) and not one.withdrawn]
        compared = zip(rows, await self._compared(record, rows), strict=True)
        fresh = [(row, one) for row, one in compared if isinstance(one, Compared) and _is_to_do(one)]
        approvals = [one.approval for _, one in fresh]
        outcomes = await accept_in_pieces(self._desk, approvals, sender=record.organisation)
        tally, findings = record.tally, list[Finding]()
        for (row, one), outcome in zip(fresh, outcomes, strict=True):
            tally = tally.add(**{one.state: -1})
            if isinstance(outcome, Refusal | Waiting):
                refusal = outcome if isinstance(outcome, Refusal) else outcome.refusal
                findings += findings_of(row.line, refusal)
                waits = isinstance(outcome, Waiting)
                tally = tally.add(pending=int(waits), refused=int(not waits))
            else:
                tally = tally.add(issued=int(outcome.new), already=int(not outcome.new))
        return await self._report(record, tally, findings)

    async def _compared(self, record: ImportRecord, rows: Sequence[ReadRow]) -> list[Compared | Refusal]:
        approvals: list[Approval] = [one.approval for one in rows]
        return await insist(
            lambda: compare_rows(self._desk, approvals, self._snapshot, sender=record.organisation)
        )

    def _count(self, tally: Tally, row: ReadRow, one: Compared | Refusal, findings: list[Finding]) -> Tally:
        if isinstance(one, Refusal):
            self._unread += 1
            findings += findings_of(row.line, one)
            return tally.add(refused=1)
        if one.certificate_id:
            self._named.add(bytes.fromhex(one.certificate_id))
        if row.withdrawn:
            findings.append(withdrawn(row.line))
            return tally.add(refused=1)
        if one.state == "same":
            return tally.add(already=1)
        findings.append(_finding(row.line, one))
        return tally.add(**{one.state if one.state in {"new", "changed"} else "refused": 1})

    async def _report(self, record: ImportRecord, tally: Tally, findings: list[Finding]) -> ImportRecord:
        if findings:
            now = self._desk.clock.now()
            await insist(lambda: self._imports.add_page(record.import_id, record.pages, findings, at=now))
        return replace(record, tally=tally, pages=record.pages + bool(findings))


def _is_to_do(one: Compared) -> bool:
    return one.state == "new" or (one.state == "changed" and one.approval.renews is not None)


_CODES = {
    "new": "certificate_new",
    "changed": "certificate_differs",
    "ended": "certificate_ended",
    "foreign": "snapshot_row_foreign",
}


def _finding(line: int, one: Compared) -> Finding:
    """Names of fields and the identifier; never a value."""
    detail = "; ".join(part for part in (one.identifier, ", ".join(one.differing)) if part)
    return Finding(line=line, column="", code=_CODES[one.state], detail=detail, warning=one.state == "new")
