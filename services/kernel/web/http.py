"""The HTTP side of a service: request ids, limits, health, and one answer for every defect."""

import asyncio
import logging
import os
import re
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from http import HTTPStatus

from fastapi import APIRouter, FastAPI
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Lifespan, Message, Receive, Scope, Send

from services.kernel import errors
from services.kernel.errors import http_status
from services.kernel.telemetry import request_id
from services.kernel.trace import follow
from services.kernel.web.description import RESPONSES, DescribedApp
from services.kernel.web.page import add_page
from services.kernel.web.problems import answer_with_problems, problem

log = logging.getLogger("yima.http")

Readiness = Callable[[], Awaitable[Mapping[str, str]]]

_MIB = 1024 * 1024
_READY_LIMIT_S = 2.0
_SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PROBES = frozenset({"/healthz", "/readyz"})


class BodyTooLarge(errors.TooLarge):
    code = "body_too_large"


class Doorway:
    """Outermost: gives each request its id, answers for defects, writes the access line."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        asked = headers.get("x-request-id", "")
        request_id.set(asked if _SANE_REQUEST_ID.fullmatch(asked) else os.urandom(16).hex())
        begun, status = time.perf_counter(), 0

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _marked(message["headers"])
            await send(message)

        try:
            with follow(headers.get("traceparent", "")):
                await self._app(scope, receive, send_marked)
        except ClientDisconnect:
            log.info("the caller went away")
        except Exception:  # reason: no trace may leave; the caller gets a problem document
            log.exception("a defect")
            if not status:
                await problem(errors.Unexpected("see the request id"))(scope, receive, send_marked)
        _access_line(scope, status, ms=(time.perf_counter() - begun) * 1000)


def _marked(headers: Collection[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """As they go on the wire: three of them through a mapping took a tenth of a hello."""
    named = dict(headers)
    ours = {b"x-request-id": request_id.get().encode(), b"x-content-type-options": b"nosniff"}
    kept = [] if b"cache-control" in named else [(b"cache-control", b"no-store")]
    return [*((name, value) for name, value in headers if name not in ours), *ours.items(), *kept]


def _access_line(scope: Scope, status: int, *, ms: float) -> None:
    """Without the query: it may name a holder."""
    method, path = scope["method"], scope["path"]
    facts = {"method": method, "path": path, "status": status, "ms": round(ms, 1)}
    log.log(logging.DEBUG if path in _PROBES else logging.INFO, "%s %s %d", method, path, status, extra=facts)


class BodyLimit:
    """Refuses a body over the limit of its path, by what it says of itself and by counting."""

    def __init__(self, app: ASGIApp, *, limit: int, large: Mapping[str, int]) -> None:
        self._app, self._limit, self._large = app, limit, large

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit, taken = self._large.get(scope["path"], self._limit), 0

        async def receive_counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise BodyTooLarge(f"{limit} bytes at most are taken here")
            return message

        said = Headers(scope=scope).get("content-length", "")
        if said.isdecimal() and int(said) > limit:
            await problem(BodyTooLarge(f"{said} bytes; {limit} at most are taken here"))(scope, receive, send)
            return
        await self._app(scope, receive_counted, send)


def _health(readiness: Readiness, liveness: Callable[[], bool]) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    not_ready = http_status(errors.Unavailable)

    @router.get("/healthz")
    async def healthz() -> JSONResponse:
        alive = liveness()
        return JSONResponse({"alive": alive}, HTTPStatus.OK if alive else not_ready)

    @router.get("/readyz")
    async def readyz() -> JSONResponse:
        try:
            state = dict(await asyncio.wait_for(readiness(), _READY_LIMIT_S))
        except TimeoutError:
            state = {"readiness": f"no answer within {_READY_LIMIT_S:.0f} s"}
        except errors.Unavailable as error:
            state = {"readiness": error.code}
        ready = all(each.startswith("ok") for each in state.values())
        return JSONResponse(state, HTTPStatus.OK if ready else not_ready)

    return router


def create_app(
    name: str,
    *,
    routers: Sequence[APIRouter],
    readiness: Readiness,
    liveness: Callable[[], bool] = lambda: True,
    lifespan: Lifespan[FastAPI] | None = None,
    max_body: int = _MIB,
    large_bodies: Mapping[str, int] | None = None,
) -> FastAPI:
    """Put the HTTP side together; `readiness` gives each dependency and `ok`, or what is missing.

    `large_bodies`: path -> bytes, for routes that take more than `max_body`.
    """
    # The framework's own pages come from a CDN: `add_page` has ours.
    title = f"Yima 一码: {name}"
    app = DescribedApp(title=title, lifespan=lifespan, responses=RESPONSES, docs_url=None, redoc_url=None)
    app.add_middleware(BodyLimit, limit=max_body, large=large_bodies or {})
    app.add_middleware(Doorway)
    answer_with_problems(app)
    # Tried in this order: what every queue asks for before what a probe asks for each second.
    for router in (*routers, _health(readiness, liveness)):
        app.include_router(router)
    add_page(app)
    return app
