"""One thing made per key, for one caller, one route and one body."""

import asyncio
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Depends
from pydantic import BaseModel

from services.kernel.keys.tokens import Caller
from services.kernel.store.memory import MemoryDocuments
from services.kernel.web.http import create_app
from services.kernel.web.idempotency import (
    REQUEST_KEYS,
    KeyMissing,
    KeyReused,
    KeyUnusable,
    RequestKeys,
    made_id,
)
from tests.kernel.test_tokens import HandClock

KEY = "b3f1c9e0-0001"
CALLER = Caller(subject="s1", kind="machine", client_id="c1")


@pytest.fixture
def documents() -> MemoryDocuments:
    return MemoryDocuments()


@pytest.fixture
def keys(documents: MemoryDocuments) -> RequestKeys:
    return RequestKeys(documents, HandClock())


class TestClaim:
    async def test_gives_a_repeat_the_same_id(self, keys: RequestKeys) -> None:
        made = await asyncio.gather(*(keys.claim(CALLER, "POST /v1/x", KEY, b"{}") for _ in range(20)))
        assert len(set(made)) == 1
        assert len(made[0]) == 32

    async def test_refuses_another_body_under_the_same_key(self, keys: RequestKeys) -> None:
        await keys.claim(CALLER, "POST /v1/x", KEY, b"{}")
        with pytest.raises(KeyReused):
            await keys.claim(CALLER, "POST /v1/x", KEY, b"{} ")

    async def test_keeps_callers_and_routes_apart(self, keys: RequestKeys) -> None:
        others = [
            Caller(subject="s2", kind="machine", client_id="c1"),
            Caller(subject="s1", kind="machine", client_id="c2"),
            Caller(subject='s1","x', kind="machine", client_id="c1"),
        ]
        made = {await keys.claim(caller, "POST /v1/x", KEY, b"{}") for caller in [CALLER, *others]}
        made.add(await keys.claim(CALLER, "POST /v1/y", KEY, b"{}"))
        assert len(made) == 5

    @pytest.mark.parametrize(
        "key", [None, "", "short", "x" * 129, "with blank", "钥匙钥匙钥匙钥匙", "1234567\x7f"]
    )
    async def test_needs_a_key_of_visible_ascii(self, keys: RequestKeys, key: str | None) -> None:
        with pytest.raises(KeyUnusable if key else KeyMissing):
            await keys.claim(CALLER, "POST /v1/x", key, b"{}")

    async def test_keeps_neither_key_nor_body_nor_a_plain_hash_of_it(
        self, keys: RequestKeys, documents: MemoryDocuments
    ) -> None:
        made = [await keys.claim(CALLER, "POST /v1/x", key, b"same body") for key in (KEY, KEY + "2")]
        kept = await documents.get_many(REQUEST_KEYS, made)
        assert len({document["digest"] for document in kept.values()}) == 2
        assert {frozenset(document) for document in kept.values()} == {frozenset({"_id", "digest", "at"})}


class Thing(BaseModel):
    name: str


class TestMadeId:
    @pytest.fixture
    def client(self, keys: RequestKeys) -> httpx.AsyncClient:
        async def caller_of(_: object = None) -> Caller:
            return CALLER

        router = APIRouter()

        @router.post("/v1/things/{place}")
        async def make(
            place: str, thing: Thing, made: Annotated[str, Depends(made_id(keys, caller_of))]
        ) -> str:
            return f"{made} {thing.name}"

        app = create_app("test", routers=[router], readiness=keys_need_nothing)
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")

    async def test_reads_header_and_body_and_leaves_the_body_to_the_route(
        self, client: httpx.AsyncClient
    ) -> None:
        answers = [
            await client.post("/v1/things/a", json={"name": "n"}, headers={"Idempotency-Key": KEY})
            for _ in range(2)
        ]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].json() == answers[1].json()
        assert answers[0].json().endswith(" n")

    async def test_answers_with_the_reasons(self, client: httpx.AsyncClient) -> None:
        missing = await client.post("/v1/things/a", json={"name": "n"})
        assert (missing.status_code, missing.json()["code"]) == (400, "idempotency_key_missing")
        short = await client.post("/v1/things/a", json={"name": "n"}, headers={"Idempotency-Key": "k-1"})
        assert (short.status_code, short.json()["code"]) == (400, "idempotency_key_unusable")
        assert "got 3 characters; needed 8 to 128" in short.json()["detail"]
        headers = {"Idempotency-Key": KEY}
        await client.post("/v1/things/a", json={"name": "n"}, headers=headers)
        for path, name in (("a", "m"), ("a?draft=1", "n")):
            reused = await client.post(f"/v1/things/{path}", json={"name": name}, headers=headers)
            assert (reused.status_code, reused.json()["code"]) == (422, "idempotency_key_reused")


async def keys_need_nothing() -> dict[str, str]:
    return {}
