"""The log over HTTP, as a checker who trusts nobody uses it."""

from base64 import b64decode
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from services.kernel.log.merkle import leaf_hash, verify_consistency, verify_inclusion
from services.kernel.store.memory import MemoryDocuments
from services.kernel.web.http import create_app
from services.kernel.web.log import log_router
from tests.kernel.log.lab import Lab, names


@pytest.fixture
def lab() -> Lab:
    return Lab(MemoryDocuments())


@pytest.fixture
async def web(lab: Lab) -> AsyncIterator[httpx.AsyncClient]:
    async def ready() -> dict[str, str]:
        return {}

    app = create_app("toys", routers=[log_router(lab.tree)], readiness=ready)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://log") as client:
        yield client


async def asked(web: httpx.AsyncClient, path: str, **query: object) -> dict[str, Any]:
    answer = await web.get(f"/v1/log/{path}", params={key: str(value) for key, value in query.items()})
    found: dict[str, Any] = answer.json()
    return found


def decoded(path: list[str]) -> list[bytes]:
    return [b64decode(one) for one in path]


class TestLogRouter:
    async def test_gives_all_that_proves_a_leaf(self, lab: Lab, web: httpx.AsyncClient) -> None:
        await lab.hand_in(*names(5))
        await lab.settle()
        point = lab.check((await web.get("/v1/log/checkpoint")).text)
        proof = await asked(web, "inclusion", ce_id="event-2", size=point.size)
        leaf = proof["leaf"]
        text = f"yima-leaf-v1\n{leaf['ce_id']}\n{leaf['time']}\n{leaf['commitment']}\n"
        hashed = leaf_hash(text.encode())
        assert b64decode(leaf["hash"]) == hashed
        path = decoded(proof["inclusion"])
        assert verify_inclusion(hashed, leaf["index"], proof["size"], path, point.root)

    async def test_gives_all_that_proves_growth(self, lab: Lab, web: httpx.AsyncClient) -> None:
        await lab.hand_in(*names(5))
        await lab.settle()
        old = lab.check((await web.get("/v1/log/checkpoint")).text)
        await lab.hand_in(*names(8))
        await lab.settle()
        new = lab.check((await web.get("/v1/log/checkpoint")).text)
        path = decoded((await asked(web, "consistency", old=old.size, new=new.size))["consistency"])
        assert verify_consistency(old.size, new.size, path, old.root, new.root)

    async def test_lists_leaves_up_to_the_signed_head(self, lab: Lab, web: httpx.AsyncClient) -> None:
        await lab.hand_in(*names(7))
        await lab.settle()
        found = await asked(web, "leaves", start=2, limit=3)
        assert found["size"] == 7
        assert [leaf["ce_id"] for leaf in found["leaves"]] == names(3, start=2)
        assert (await asked(web, "leaves", start=7))["leaves"] == []
        assert (await asked(web, "leaves", start=10**15))["leaves"] == []

    async def test_says_why_it_gives_none(self, lab: Lab, web: httpx.AsyncClient) -> None:
        assert (await asked(web, "checkpoint"))["code"] == "unavailable"
        await lab.hand_in("event-0")
        await lab.settle()
        assert (await asked(web, "inclusion", ce_id="nothing"))["code"] == "log_leaf_unknown"
        assert (await asked(web, "inclusion", ce_id="event-0", size=2))["code"] == "log_size_unknown"
        assert (await asked(web, "consistency", old=1, new=2))["code"] == "log_size_unknown"
        assert (await asked(web, "consistency", old=-1, new=1))["code"] == "request_invalid"

    async def test_lets_caches_keep_what_never_changes(self, lab: Lab, web: httpx.AsyncClient) -> None:
        await lab.hand_in("event-0")
        await lab.settle()
        forever = await web.get("/v1/log/inclusion", params={"ce_id": "event-0", "size": 1})
        fresh = await web.get("/v1/log/inclusion", params={"ce_id": "event-0"})
        assert "immutable" in forever.headers["Cache-Control"]
        assert fresh.headers["Cache-Control"] == "no-cache"
