"""The HTTP side: every answer is a promise kept, also when things go wrong."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Literal

import httpx
import pytest
from fastapi import APIRouter, Request
from pydantic import BaseModel, field_validator

from services.kernel.errors import Invalid, Unavailable
from services.kernel.telemetry import request_id
from services.kernel.web.http import create_app

SECRET = "11010519491231002X"


class Refused(Invalid):
    code = "id_number_invalid"


class Holder(BaseModel):
    id_type: Literal["111", "001"]
    id_number: str
    name: str = ""

    @field_validator("id_number")
    @classmethod
    def _no_blank(cls, value: str) -> str:
        if " " in value:
            raise ValueError(f"{value} has a blank")
        return value


class Engines:
    """What the service needs, as the test wants it."""

    def __init__(self) -> None:
        self.state = {"database": "ok"}
        self.alive = True
        self.failure: Exception | None = None
        self.silent = False

    async def readiness(self) -> dict[str, str]:
        if self.silent:
            await asyncio.Event().wait()
        if self.failure:
            raise self.failure
        return self.state


def routes() -> APIRouter:
    router = APIRouter()

    @router.post("/v1/holders")
    async def holders(holder: Holder) -> str:
        return holder.id_type

    @router.post("/v1/size")
    @router.post("/v1/files")
    async def size(request: Request) -> int:
        return len(await request.body())

    @router.get("/v1/fails/{how}")
    async def fails(how: str) -> str:
        if how == "refused":
            raise Refused("the check character does not hold")
        if how == "away":
            raise Unavailable("the database does not answer")
        raise RuntimeError(f"defect with {SECRET}")

    @router.get("/v1/id")
    async def the_id() -> str:
        return request_id.get()

    return router


@pytest.fixture
def engines() -> Engines:
    return Engines()


@pytest.fixture
def client(engines: Engines) -> httpx.AsyncClient:
    app = create_app(
        "test",
        routers=[routes()],
        readiness=engines.readiness,
        liveness=lambda: engines.alive,
        max_body=1000,
        large_bodies={"/v1/files": 5000},
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


class TestProblems:
    async def test_say_what_happened_and_what_to_do_in_both_languages(
        self, client: httpx.AsyncClient
    ) -> None:
        answer = await client.get("/v1/fails/refused", headers={"X-Request-Id": "r-1"})
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["type"] == "urn:yima:reason:id_number_invalid"
        assert (problem["code"], problem["status"]) == ("id_number_invalid", 422)
        assert problem["detail"] == "the check character does not hold"
        assert problem["instance"] == "r-1"
        assert all(problem[name] for name in ("title", "title_zh", "next_step", "next_step_zh"))

    async def test_of_passing_trouble_say_when_to_try_again(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/v1/fails/away")
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert answer.headers["Retry-After"] == "2"

    async def test_of_a_defect_keep_the_trace_to_the_log(
        self, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        answer = await client.get("/v1/fails/defect")
        assert (answer.status_code, answer.json()["code"]) == (503, "unexpected")
        assert "RuntimeError" not in answer.text
        assert SECRET not in answer.text
        assert answer.headers["X-Request-Id"] == answer.json()["instance"]
        assert any(each.exc_info for each in caplog.records)

    @pytest.mark.parametrize("body", ["{", "", "\xff", "[1", "{'id_type': 1}"])
    async def test_of_a_body_that_is_no_json_name_no_field(
        self, client: httpx.AsyncClient, body: str
    ) -> None:
        headers = {"Content-Type": "application/json"}
        answer = await client.post("/v1/holders", content=body.encode("latin-1"), headers=headers)
        expected = (400, "request_malformed") if body else (422, "request_invalid")
        assert (answer.status_code, answer.json()["code"]) == expected
        (fault,) = answer.json()["faults"]
        assert fault["path"] == "body"
        assert fault["got"]
        assert fault["needed"]

    async def test_of_wrong_fields_name_them_and_never_what_stood_in_them(
        self, client: httpx.AsyncClient
    ) -> None:
        body = {"id_type": SECRET, "id_number": f"{SECRET} {SECRET}", "name": [SECRET]}
        answer = await client.post("/v1/holders", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")
        for field in body:
            assert f"body.{field}: " in answer.json()["detail"]
        assert {fault["path"] for fault in answer.json()["faults"]} == {f"body.{field}" for field in body}
        assert all(fault["got"] and fault["needed"] for fault in answer.json()["faults"])
        assert SECRET not in answer.text

    async def test_of_an_unknown_address_or_method_are_problems_too(self, client: httpx.AsyncClient) -> None:
        unknown, method = await client.get("/v1/nothing"), await client.delete("/v1/holders")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
        assert (method.status_code, method.json()["code"]) == (405, "method_not_allowed")
        assert method.json()["status"] == 405
        assert method.headers["Allow"] == "POST"


class TestBodyLimit:
    async def test_takes_a_body_up_to_the_limit_of_its_path(self, client: httpx.AsyncClient) -> None:
        assert (await client.post("/v1/size", content=bytes(1000))).json() == 1000
        assert (await client.post("/v1/files", content=bytes(5000))).json() == 5000

    @pytest.mark.parametrize(("path", "length"), [("/v1/size", 1001), ("/v1/files", 5001)])
    async def test_refuses_more_by_what_it_says_and_by_counting(
        self, client: httpx.AsyncClient, path: str, length: int
    ) -> None:
        async def streamed() -> AsyncIterator[bytes]:
            for _ in range(length):
                yield b"x"

        for content in (bytes(length), streamed()):
            answer = await client.post(path, content=content)
            assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
            assert answer.headers["X-Request-Id"]

    async def test_refuses_json_that_goes_over_while_it_is_read(self, client: httpx.AsyncClient) -> None:
        async def streamed() -> AsyncIterator[bytes]:
            yield b'{"id_type": "'
            yield bytes(2000)

        headers = {"Content-Type": "application/json"}
        answer = await client.post("/v1/holders", content=streamed(), headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


class TestRequestIds:
    async def test_are_taken_from_the_caller_when_sane(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/v1/id", headers={"X-Request-Id": "case_7.a-1"})
        assert answer.json() == answer.headers["X-Request-Id"] == "case_7.a-1"

    @pytest.mark.parametrize("asked", ["", "x" * 65, "a b", 'a"b', "a;b"])
    async def test_are_made_otherwise(self, client: httpx.AsyncClient, asked: str) -> None:
        answer = await client.get("/v1/id", headers={"X-Request-Id": asked})
        assert answer.json() == answer.headers["X-Request-Id"]
        assert answer.json() != asked
        assert len(answer.json()) == 32


class TestAccessLine:
    async def test_names_route_status_and_time_but_not_the_query(
        self, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)
        await client.get(f"/v1/id?holder={SECRET}")
        line = next(each for each in caplog.records if each.name == "yima.http")
        assert line.getMessage() == "GET /v1/id 200"
        assert line.__dict__["ms"] >= 0
        assert SECRET not in str(line.__dict__)


class TestHeaders:
    async def test_keep_answers_out_of_caches_and_types_as_said(self, client: httpx.AsyncClient) -> None:
        for path in ("/v1/id", "/v1/nothing", "/v1/fails/defect"):
            answer = await client.get(path)
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


class TestHealth:
    async def test_tells_alive_from_dead(self, client: httpx.AsyncClient, engines: Engines) -> None:
        assert (await client.get("/healthz")).status_code == 200
        engines.alive = False
        assert (await client.get("/healthz")).status_code == 503

    async def test_is_ready_when_every_engine_is(self, client: httpx.AsyncClient, engines: Engines) -> None:
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()) == (200, {"database": "ok"})
        engines.state["hearing"] = "catching up"
        waiting = await client.get("/readyz")
        assert (waiting.status_code, waiting.json()["hearing"]) == (503, "catching up")

    async def test_is_not_ready_when_an_engine_fails_or_is_silent(
        self, client: httpx.AsyncClient, engines: Engines, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.kernel.web.http._READY_LIMIT_S", 0.01)
        engines.failure = Unavailable("away")
        assert (await client.get("/readyz")).json() == {"readiness": "unavailable"}
        engines.failure, engines.silent = None, True
        silent = await client.get("/readyz")
        assert (silent.status_code, list(silent.json())) == (503, ["readiness"])
