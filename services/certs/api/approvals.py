"""Approvals, and files of them."""

import json
import re
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import PydanticCustomError

from services.certs.domain import Approval, check_plain
from services.certs.handlers import Accepted, Desk, accept_approval
from services.kernel.errors import Fault
from services.kernel.keys.tokens import Caller
from services.kernel.web.guard import Guard
from services.kernel.web.idempotency import RequestKeys, made_id
from services.kernel.web.problems import RequestMalformed

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
        # JSONDecodeError is a ValueError too, and would repeat nothing; ours say which of the rules it is.
        got = "text that is no JSON" if isinstance(error, json.JSONDecodeError) else str(error)
        needed = "JSON that every reader reads alike"
        unread = Fault("body", got, needed)
        raise RequestMalformed(f"the body is not {needed}: {got}", faults=[unread]) from error


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


def _accepted(accepted: Accepted) -> dict[str, str]:
    """Without the holder's id, which never leaves the platform (design.md, law 5)."""
    return {
        "certificate_id": accepted.certificate_id,
        "identifier": accepted.identifier,
        "state": accepted.state,
    }
