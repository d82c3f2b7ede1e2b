"""Who is let in: by kind of caller and by scope."""

from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends

from services.kernel.keys.tokens import Caller, TokenChecker
from services.kernel.web.guard import Guard
from services.kernel.web.http import create_app
from tests.kernel.test_tokens import CURRENT, ISSUER, HandClock, Issuer, token

RESIDENT: dict[str, Any] = {"kind": "resident", "holder_ids": ["h1"], "organisation": None}
OPERATOR: dict[str, Any] = {"kind": "operator", "counter": "3"}
AGENT: dict[str, Any] = RESIDENT | {"kind": "agent", "act": {"sub": "h2"}, "mandate_id": "m1"}


@pytest.fixture
def issuer() -> Issuer:
    return Issuer(CURRENT)


@pytest.fixture
def client(issuer: Issuer) -> httpx.AsyncClient:
    guard = Guard(TokenChecker(issuer.fetch, ISSUER, clock=HandClock()))
    router = APIRouter()

    for path, caller_of in {
        "machine": guard.machine("approvals:write"),
        "resident": guard.resident(),
        "operator": guard.operator(),
        "holder": guard.holder(),
        "either": guard.machine_or_operator("approvals:write"),
        "theirs": guard.machine_or_resident("approvals:write"),
    }.items():

        @router.get(f"/{path}")
        async def who(caller: Annotated[Caller, Depends(caller_of)]) -> str:
            return caller.kind

    app = create_app("test", routers=[router], readiness=nothing_needed)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


async def nothing_needed() -> dict[str, str]:
    return {}


class TestGuard:
    @pytest.mark.parametrize(
        ("path", "changes"), [("machine", {}), ("resident", RESIDENT), ("operator", OPERATOR)]
    )
    async def test_lets_in_the_kind_a_route_is_for(
        self, client: httpx.AsyncClient, path: str, changes: dict[str, Any]
    ) -> None:
        answer = await client.get(f"/{path}", headers={"Authorization": f"bearer {token(**changes)}"})
        assert (answer.status_code, answer.json()) == (200, path)

    @pytest.mark.parametrize(
        ("path", "changes"),
        [("resident", {}), ("machine", OPERATOR | {"scope": "approvals:write"}), ("operator", RESIDENT)],
    )
    async def test_refuses_another_kind(
        self, client: httpx.AsyncClient, path: str, changes: dict[str, Any]
    ) -> None:
        answer = await client.get(f"/{path}", headers={"Authorization": f"Bearer {token(**changes)}"})
        assert (answer.status_code, answer.json()["code"]) == (403, "caller_kind_wrong")

    @pytest.mark.parametrize(
        ("path", "changes", "said"),
        [
            ("operator", {}, "the caller is a machine; an operator is needed"),
            ("operator", AGENT, "the caller is an agent; an operator is needed"),
            ("holder", OPERATOR, "the caller is an operator; a resident or an agent is needed"),
            ("either", RESIDENT, "the caller is a resident; a machine or an operator is needed"),
            ("theirs", OPERATOR, "the caller is an operator; a machine or a resident is needed"),
            ("theirs", AGENT, "the caller is an agent; a machine or a resident is needed"),
        ],
    )
    async def test_says_in_good_english_who_came_and_who_is_needed(
        self, client: httpx.AsyncClient, path: str, changes: dict[str, Any], said: str
    ) -> None:
        answer = await client.get(f"/{path}", headers={"Authorization": f"Bearer {token(**changes)}"})
        assert (answer.status_code, answer.json()["detail"]) == (403, said)

    async def test_refuses_a_machine_without_the_scope(self, client: httpx.AsyncClient) -> None:
        for scope in ("types:read", "approvals", "approvals:write2", None):
            answer = await client.get("/machine", headers={"Authorization": f"Bearer {token(scope=scope)}"})
            assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")

    @pytest.mark.parametrize(("changes", "status"), [({}, 200), (RESIDENT, 200), ({"scope": "admin"}, 403)])
    async def test_asks_a_machine_for_its_scope_where_a_holder_comes_too(
        self, client: httpx.AsyncClient, changes: dict[str, Any], status: int
    ) -> None:
        answer = await client.get("/theirs", headers={"Authorization": f"Bearer {token(**changes)}"})
        assert answer.status_code == status

    @pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic eDp5", "token"])
    async def test_asks_for_a_token(self, client: httpx.AsyncClient, header: str | None) -> None:
        answer = await client.get("/machine", headers={} if header is None else {"Authorization": header})
        assert (answer.status_code, answer.json()["code"]) == (401, "token_missing")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")

    async def test_says_try_later_when_the_keys_cannot_be_had(
        self, client: httpx.AsyncClient, issuer: Issuer
    ) -> None:
        issuer.away = True
        answer = await client.get("/machine", headers={"Authorization": f"Bearer {token()}"})
        assert (answer.status_code, answer.json()["code"]) == (503, "key_unknown")
        assert answer.headers["Retry-After"] == "10"
