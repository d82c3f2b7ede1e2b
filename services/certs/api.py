"""HTTP in: approvals, files of them, the list of types and the published keys."""

from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from services.certs.domain import Approval, Catalogue
from services.certs.handlers import Accepted, Desk, accept_approval, find_sender
from services.certs.ports import Importing, ImportRecord
from services.kernel.guard import Guard
from services.kernel.idempotency import RequestKeys, made_id
from services.kernel.reasons import reasons
from services.kernel.tokens import Caller, Jwks

IMPORT_PATH = "/v1/approvals:import"
# Types and keys change with a release and a key change: five minutes late is soon enough.
_PUBLIC = {"Cache-Control": "public, max-age=300"}
_LONGEST_NAME = 200


def approvals_router(desk: Desk, guard: Guard, keys: RequestKeys) -> APIRouter:
    """One approval at a time."""
    router = APIRouter(tags=["approvals"])
    sender = guard.machine("approvals:write")

    @router.post(
        "/v1/approvals", status_code=HTTPStatus.CREATED, dependencies=[Depends(made_id(keys, sender))]
    )
    async def accept(
        approval: Approval, caller: Annotated[Caller, Depends(sender)], response: Response
    ) -> dict[str, str]:
        accepted = await accept_approval(desk, approval, sender=caller.organisation)
        response.status_code = HTTPStatus.CREATED if accepted.new else HTTPStatus.OK
        return _accepted(accepted)

    return router


def imports_router(desk: Desk, importing: Importing, guard: Guard, keys: RequestKeys) -> APIRouter:
    """Files of approvals, and how far they are."""
    router = APIRouter(tags=["imports"])
    sender = guard.machine("approvals:write")

    @router.post(IMPORT_PATH, status_code=HTTPStatus.ACCEPTED)
    async def import_file(
        request: Request,
        response: Response,
        caller: Annotated[Caller, Depends(sender)],
        filename: Annotated[str, Query(min_length=1, max_length=_LONGEST_NAME)],
        idempotency_key: Annotated[str | None, Header()] = None,
        content_length: Annotated[int | None, Header(include_in_schema=False)] = None,
    ) -> dict[str, str]:
        organisation = (await find_sender(desk, caller.organisation)).organisation
        upload = await importing.receive(request.stream(), said=content_length)
        body = filename.encode() + b"\n" + upload.digest
        try:
            import_id = await keys.claim(caller, f"POST {IMPORT_PATH}", idempotency_key, body)
        except BaseException:  # reason: whatever ended it, the file must not stay behind
            upload.stream.close()
            raise
        await importing.start(import_id, upload, filename=filename, organisation=organisation)
        response.headers["Location"] = f"/v1/imports/{import_id}"
        return {"import_id": import_id}

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

    return router


def public_router(types: Catalogue, jwks: Jwks) -> APIRouter:
    """For everybody: what may be issued, and the keys that certificates are checked with."""
    router = APIRouter(tags=["public"])
    listed = {"certificate_types": [asdict(one) for one in types.types.values()]}

    @router.get("/v1/certificate-types")
    async def certificate_types() -> JSONResponse:
        return JSONResponse(listed, headers=_PUBLIC)

    @router.get("/.well-known/jwks.json")
    async def keys() -> JSONResponse:
        return JSONResponse(dict(jwks), headers=_PUBLIC)

    return router


def _accepted(accepted: Accepted) -> dict[str, str]:
    """Without the holder's id, which never leaves the platform (design.md, law 5)."""
    return {
        "certificate_id": accepted.certificate_id,
        "identifier": accepted.identifier,
        "state": accepted.state,
    }


def _import(record: ImportRecord) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "import_id": record.import_id,
        "state": record.state,
        "filename": record.filename,
        "rows": record.tally.rows,
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
