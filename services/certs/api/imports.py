"""Files of approvals, full lists too, and how far they are."""

import hashlib
from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from services.certs.domain import Snapshot
from services.certs.handlers import Desk, check_snapshot, find_sender
from services.certs.ports import Importing, ImportRecord
from services.kernel.keys.tokens import Caller
from services.kernel.reasons import reasons
from services.kernel.web.guard import CallerOf, Guard
from services.kernel.web.idempotency import RequestKeys

IMPORT_PATH = "/v1/approvals:import"
RECONCILE_PATH = "/v1/approvals:reconcile"
FileName = Annotated[str, Query(min_length=1, max_length=200)]
Code = Annotated[str, Query(pattern=r"^[0-9A-Za-z]{1,40}$")]
Key = Annotated[str | None, Header()]
Length = Annotated[int | None, Header(include_in_schema=False)]


def imports_router(desk: Desk, importing: Importing, guard: Guard, keys: RequestKeys) -> APIRouter:
    """The file is the body. The id tells file and query: a key never answers for another file."""
    router = APIRouter(tags=["imports"])
    sender = guard.machine("approvals:write")

    async def begin(
        request: Request,
        caller: Caller,
        key: str | None,
        said: int | None,
        *,
        filename: str,
        snapshot: Snapshot | None,
    ) -> str:
        organisation = (await find_sender(desk, caller.organisation)).organisation
        path = RECONCILE_PATH if snapshot else IMPORT_PATH
        upload = await importing.receive(request.stream(), said=said)
        body = repr(snapshot).encode() if snapshot else b""
        body += filename.encode() + b"\n" + upload.digest
        try:
            claimed = await keys.claim(caller, f"POST {path}", key, body)
        except BaseException:  # reason: whatever ended it, the file must not stay behind
            upload.stream.close()
            raise
        import_id = hashlib.sha256(claimed.encode() + body).hexdigest()[:32]
        await importing.start(
            import_id, upload, filename=filename, organisation=organisation, snapshot=snapshot
        )
        return import_id

    @router.post(IMPORT_PATH, status_code=HTTPStatus.ACCEPTED)
    async def import_file(
        request: Request,
        response: Response,
        caller: Annotated[Caller, Depends(sender)],
        filename: FileName,
        idempotency_key: Key = None,
        content_length: Length = None,
    ) -> dict[str, str]:
        import_id = await begin(
            request, caller, idempotency_key, content_length, filename=filename, snapshot=None
        )
        return _begun(response, import_id)

    @router.post(RECONCILE_PATH, status_code=HTTPStatus.ACCEPTED)
    async def reconcile(
        request: Request,
        response: Response,
        caller: Annotated[Caller, Depends(sender)],
        filename: FileName,
        certificate_type: Code,
        *,
        authority: Code | None = None,
        apply: bool = False,
        expect_vanished: Annotated[int | None, Query(ge=0)] = None,
        idempotency_key: Key = None,
        content_length: Length = None,
    ) -> dict[str, str]:
        """Compare a full list with what stands; with `apply` act on it. `authority`: else the caller."""
        said = Snapshot(
            authority=authority or caller.organisation or "",
            certificate_type=certificate_type,
            apply=apply,
            expect_vanished=expect_vanished,
        )
        snapshot = await check_snapshot(desk, said, sender=caller.organisation)
        import_id = await begin(
            request, caller, idempotency_key, content_length, filename=filename, snapshot=snapshot
        )
        return _begun(response, import_id)

    _show_imports(router, importing, sender)
    return router


def _begun(response: Response, import_id: str) -> dict[str, str]:
    response.headers["Location"] = f"/v1/imports/{import_id}"
    return {"import_id": import_id}


def _show_imports(router: APIRouter, importing: Importing, sender: CallerOf) -> None:
    """How far a file is, and what was refused in it: for its organisation alone."""

    @router.get("/v1/imports/{import_id}")
    async def show(import_id: str, caller: Annotated[Caller, Depends(sender)]) -> dict[str, Any]:
        return _import(await importing.find(import_id, organisation=caller.organisation))

    @router.get("/v1/imports/{import_id}/report", response_class=StreamingResponse)
    async def report(
        import_id: str, caller: Annotated[Caller, Depends(sender)], *, warnings: bool = False
    ) -> StreamingResponse:
        await importing.find(import_id, organisation=caller.organisation)
        name = {"Content-Disposition": f'attachment; filename="{import_id}.report.csv"'}
        lines = importing.report(import_id, warnings=warnings)
        return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=name)


def _import(record: ImportRecord) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "import_id": record.import_id,
        "state": record.state,
        "filename": record.filename,
        "rows": record.tally.rows,
        "snapshot": asdict(record.snapshot) if record.snapshot else None,
        **asdict(record.tally),
        "started_at": record.started_at,
        "alive_at": record.alive_at,
        "ended_at": record.ended_at,
        "report": f"/v1/imports/{record.import_id}/report",
    }
    if record.problem:
        reason = reasons()[record.problem.code]
        shown["problem"] = {
            **asdict(record.problem),
            "title": reason.en,
            "title_zh": reason.zh,
            "next_step": reason.next_en,
            "next_step_zh": reason.next_zh,
        }
    return shown
