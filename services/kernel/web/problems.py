"""What a caller is told when something is refused or fails: problem documents (RFC 9457)."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from services.kernel import errors
from services.kernel.errors import Failure, Fault, http_status
from services.kernel.reasons import reasons
from services.kernel.telemetry import request_id

log = logging.getLogger("yima.http")

UNREAD = Fault("body", "bytes that are no text in UTF-8, or no form", "what the interface (/docs) describes")
# pydantic repeats what was sent in the words of these only.
_WORDS_REPEAT_INPUT = frozenset({"value_error", "assertion_error", "union_tag_invalid"})


class RequestMalformed(errors.Malformed):
    code = "request_malformed"

    def __init__(self, detail: str, *, faults: Sequence[Fault] = ()) -> None:
        super().__init__(detail)
        self.faults = faults


class RequestInvalid(errors.Faulty):
    code = "request_invalid"


class AddressUnknown(errors.NotFound):
    code = "not_found"


class MethodNotAllowed(errors.Malformed):
    code = "method_not_allowed"


def problem(failure: Failure, *, status: int | None = None, error: str | None = None) -> JSONResponse:
    """Say what happened and what to do next, in both languages.

    `status` only where HTTP has its own; `error`: what OAuth calls it (RFC 6749, 5.2).
    """
    reason, headers = reasons()[failure.code], {}
    if isinstance(failure, errors.Unavailable | errors.TooMany):
        headers["Retry-After"] = str(failure.retry_after)
    if isinstance(failure, errors.Unauthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="yima"'
    body: dict[str, Any] = {
        "type": f"urn:yima:reason:{failure.code}",
        "title": reason.en,
        "title_zh": reason.zh,
        "status": status or http_status(failure),
        "detail": failure.detail,
        "code": failure.code,
        "next_step": reason.next_en,
        "next_step_zh": reason.next_zh,
        "instance": request_id.get(),
    }
    body |= {name: value for name, value in failure.told.items() if name not in body}
    if failure.faults:
        body["faults"] = [
            {name: text for name, text in asdict(one).items() if text} for one in failure.faults
        ]
    if error is not None:
        body["error"] = error
    return JSONResponse(body, body["status"], headers, media_type="application/problem+json")


def refuse(failure: Failure, *, error: str | None = None) -> JSONResponse:
    """Answer, and tell the log the cause."""
    log.info("answered %s", failure.code, extra={"code": failure.code, "detail": failure.cause})
    return problem(failure, error=error)


async def _on_failure(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, Failure):
        raise error
    return refuse(error)


async def _on_invalid(request: Request, error: Exception) -> JSONResponse:
    """Name the fields and what is needed there, never what stood in them."""
    found: Sequence[Any] = error.errors() if isinstance(error, RequestValidationError) else ()
    for each in found:
        if each["type"] == "json_invalid":
            unread = Fault("body", f"text that is no JSON from character {each['loc'][-1]} on", "JSON")
            return await _on_failure(request, RequestMalformed("the body is not JSON", faults=[unread]))
    return await _on_failure(request, RequestInvalid([_fault(each) for each in found]))


def _fault(error: Mapping[str, Any]) -> Fault:
    """`path` begins with where it stood: body, query, path, header."""
    path, words = ".".join(str(part) for part in error["loc"])[:100], error["msg"]
    if error["type"] == "missing":
        return Fault(path, "nothing", "a value")
    if error["type"] in _WORDS_REPEAT_INPUT:
        words = f"what the description of the interface (/docs) says ({error['type']})"
    return Fault(path, _kind(error["input"]), words.removeprefix("Input should be "))


def _kind(said: object) -> str:
    if said is None or isinstance(said, bool):
        return {None: "null", True: "true", False: "false"}[said]
    if isinstance(said, str | list):
        return f"{len(said)} characters" if isinstance(said, str) else f"a list of {len(said)}"
    return "a number" if isinstance(said, int | float) else "an object"


async def _on_http(request: Request, error: Exception) -> JSONResponse:
    """Handle what the framework itself refuses; a failure met while it read the body is the cause."""
    if isinstance(error.__cause__, Failure):
        return await _on_failure(request, error.__cause__)
    status = getattr(error, "status_code", None)
    if status == HTTPStatus.NOT_FOUND:
        return await _on_failure(request, AddressUnknown("no such address"))
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        answer = problem(MethodNotAllowed(f"{request.method} is not taken here"), status=status)
        answer.headers.update(getattr(error, "headers", None) or {})
        return answer
    return await _on_failure(request, RequestMalformed("the request cannot be read", faults=[UNREAD]))


def answer_with_problems(app: FastAPI) -> None:
    """Answer for every failure that a route raises, and for what the framework itself refuses."""
    app.add_exception_handler(Failure, _on_failure)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
