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
from services.kernel.errors import Failure, http_status
from services.kernel.reasons import reasons
from services.kernel.telemetry import request_id

log = logging.getLogger("yima.http")

# pydantic repeats what was sent in the words of these only.
_WORDS_REPEAT_INPUT = frozenset({"value_error", "assertion_error", "union_tag_invalid"})


class RequestMalformed(errors.Malformed):
    code = "request_malformed"


class RequestInvalid(errors.Invalid):
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
    if isinstance(failure, errors.Faulty):
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
    """Name the fields, never what stood in them."""
    found: Sequence[Any] = error.errors() if isinstance(error, RequestValidationError) else ()
    if any(each["type"] == "json_invalid" for each in found):
        return await _on_failure(request, RequestMalformed("the body is not JSON"))
    return await _on_failure(request, RequestInvalid("; ".join(map(_words, found))))


def _words(error: Mapping[str, Any]) -> str:
    field = ".".join(str(part) for part in error["loc"])[:100]
    return f"{field}: {error['type'] if error['type'] in _WORDS_REPEAT_INPUT else error['msg']}"


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
    return await _on_failure(request, RequestMalformed("the request cannot be read"))


def answer_with_problems(app: FastAPI) -> None:
    """Answer for every failure that a route raises, and for what the framework itself refuses."""
    app.add_exception_handler(Failure, _on_failure)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
