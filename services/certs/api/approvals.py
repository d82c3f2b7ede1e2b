"""Approvals, and files of them."""

import hashlib
import json
import re
from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import PydanticCustomError

from services.certs.domain import Approval, check_plain
from services.certs.handlers import Accepted, Desk, accept_approval, find_sender
from services.certs.ports import Importing, ImportRecord
from services.kernel.keys.tokens import Caller
from services.kernel.reasons import reasons
from services.kernel.web.guard import CallerOf, Guard
from services.kernel.web.idempotency import RequestKeys, made_id
from services.kernel.web.problems import RequestMalformed

IMPORT_PATH = "/v1/approvals:import"
_LONGEST_NAME = 200
_CIVIL_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATES = ("decided_on", "valid_from", "valid_to")


def _as_on_the_topic(said: object, read: ValidatorFunctionWrapHandler) -> Approval:
    """Take what `affairs-case` takes: pydantic alone also reads moments and numbers of seconds as dates."""
    approval: Approval = read(said)
    try:
        json.dumps(said, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise PydanticCustomError("text_broken", "half of a surrogate pair is no character") from error
    dates = [said[name] for name in _DATES if said.get(name) is not None] if isinstance(said, dict) else []
    if not all(isinstance(one, str) and _CIVIL_DATE.fullmatch(one) for one in dates):
        raise PydanticCustomError("date_civil", "decided_on, valid_from and valid_to are YYYY-MM-DD")
    return approval


async def _plain(request: Request) -> None:
    body = await request.body()
    try:
        check_plain(body or b"null")
    except ValueError as error:
        raise RequestMalformed("the body is not JSON that every reader reads alike") from error


SaidApproval = Annotated[Approval, WrapValidator(_as_on_the_topic)]


def approvals_router(desk: Desk, guard: Guard, keys: RequestKeys) -> APIRouter:
    """One approval at a time."""
    router = APIRouter(tags=["approvals"])
    sender = guard.machine("approvals:write")

    @router.post(
        "/v1/approvals",
        status_code=HTTPStatus.CREATED,
        # Who may not send learns nothing of the body; a body that is no approval takes no key.
        dependencies=[Depends(sender), Depends(_plain), Depends(made_id(keys, sender))],
    )
    async def accept(
        approval: SaidApproval, caller: Annotated[Caller, Depends(sender)], response: Response
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
            claimed = await keys.claim(caller, f"POST {IMPORT_PATH}", idempotency_key, body)
        except BaseException:  # reason: whatever ended it, the file must not stay behind
            upload.stream.close()
            raise
        # The file is in the id: a key that was forgotten after its two days never answers for another file.
        import_id = hashlib.sha256(claimed.encode() + body).hexdigest()[:32]
        await importing.start(import_id, upload, filename=filename, organisation=organisation)
        response.headers["Location"] = f"/v1/imports/{import_id}"
        return {"import_id": import_id}

    _show_imports(router, importing, sender)
    return router


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
