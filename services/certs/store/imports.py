"""Imports and the pages of their reports. Neither holds a number of a holder; both go after 90 days."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from services.certs.domain import Finding, Snapshot, Tally
from services.certs.ports import ImportRecord, Problem
from services.kernel.store.documents import Collection, Document, Documents, DuplicateKey, Index

_KEPT_S = 90 * 24 * 3600
IMPORTS = Collection(name="imports", indexes=(Index(keys=("started_at",), expire_after=_KEPT_S),))
IMPORT_LINES = Collection(name="import_lines", indexes=(Index(keys=("at",), expire_after=_KEPT_S),))


class ImportStore:
    """One process works on an import, and it alone writes its document."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def begin(self, record: ImportRecord) -> bool:
        """Whether it is new."""
        try:
            await self._documents.insert(IMPORTS, {"_id": record.import_id, "version": 1, **_state(record)})
        except DuplicateKey:
            return False
        return True

    async def keep(self, record: ImportRecord) -> None:
        """Over whatever version stands: a write whose answer was lost may still arrive between two calls."""
        while found := await self._documents.get(IMPORTS, record.import_id):
            version = found["version"]
            if await self._documents.update(
                IMPORTS, record.import_id, version=version, changes=_state(record)
            ):
                return

    async def find(self, import_id: str) -> ImportRecord | None:
        """As it was kept last."""
        found = await self._documents.get(IMPORTS, import_id)
        return _record(found) if found else None

    async def add_page(self, import_id: str, page: int, findings: Sequence[Finding], *, at: datetime) -> None:
        """The same page again has the same lines."""
        lines = [asdict(one) for one in findings]
        document = {"_id": _page_id(import_id, page), "at": at, "lines": lines}
        await self._documents.insert_many(IMPORT_LINES, [document])

    async def pages(self, import_id: str, pages: Sequence[int]) -> Sequence[Sequence[Finding]]:
        """Those that stand, in order."""
        ids = [_page_id(import_id, page) for page in pages]
        found = await self._documents.get_many(IMPORT_LINES, ids)
        return [[Finding(**line) for line in found[one]["lines"]] for one in ids if one in found]


def _page_id(import_id: str, page: int) -> str:
    return f"{import_id}:{page:06}"


def _state(record: ImportRecord) -> Document:
    problem = record.problem
    return {
        "organisation": record.organisation,
        "filename": record.filename,
        "state": record.state,
        **asdict(record.tally),
        "rows": record.tally.rows,
        "started_at": record.started_at,
        "alive_at": record.alive_at,
        "ended_at": record.ended_at,
        "pages": record.pages,
        "problem": asdict(problem) if problem else None,
        "snapshot": asdict(record.snapshot) if record.snapshot else None,
    }


def _record(document: Document) -> ImportRecord:
    problem = document["problem"]
    return ImportRecord(
        import_id=document["_id"],
        organisation=document["organisation"],
        filename=document["filename"],
        state=document["state"],
        tally=Tally(**{name: document.get(name, 0) for name in Tally.__slots__}),
        started_at=document["started_at"],
        alive_at=document["alive_at"],
        ended_at=document["ended_at"],
        pages=document["pages"],
        problem=Problem(**problem) if problem else None,
        snapshot=Snapshot(**snapshot) if (snapshot := document.get("snapshot")) else None,
    )
