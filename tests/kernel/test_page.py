"""/docs: the page of an interface comes whole from the service itself."""

import httpx
import pytest
from fastapi import FastAPI

from services.kernel.reasons import reasons
from services.kernel.web.http import create_app
from tests.world.pages import addresses_of, foreign_hosts_in


async def nothing_needed() -> dict[str, str]:
    return {}


def asking(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


@pytest.fixture
def client() -> httpx.AsyncClient:
    return asking(create_app("test", routers=[], readiness=nothing_needed))


class TestThePage:
    async def test_names_no_foreign_host_and_each_of_its_files_is_there(
        self, client: httpx.AsyncClient
    ) -> None:
        page = (await client.get("/docs")).text
        assert foreign_hosts_in(page) == []
        addresses = addresses_of(page)
        assert len(addresses) == 4, addresses  # script, style, icon and the description
        for address in addresses:
            answer = await client.get(f"/{address}")
            assert (answer.status_code, bool(answer.content)) == (200, True), address

    async def test_has_the_browser_refuse_what_the_script_would_fetch_elsewhere(
        self, client: httpx.AsyncClient
    ) -> None:
        policy = (await client.get("/docs")).headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert foreign_hosts_in(policy) == []
        assert "*" not in policy

    async def test_is_the_only_one(self, client: httpx.AsyncClient) -> None:
        for path in ("/redoc", "/docs/oauth2-redirect"):
            answer = await client.get(path)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

    @pytest.mark.parametrize(
        "path", ["", "nothing.js", "%00", "..%2f..%2fcore.py", "../__init__.py", "é" * 300, "x" * 5_000]
    )
    async def test_gives_out_its_own_files_and_no_other(self, client: httpx.AsyncClient, path: str) -> None:
        answer = await client.get(f"/docs/{path}")
        assert answer.is_client_error
        assert answer.json()["code"] in reasons()


class TestForeignHostsIn:
    async def test_finds_those_that_the_framework_would_name(self) -> None:
        for path in ("/docs", "/redoc"):
            page = (await asking(FastAPI()).get(path)).text
            assert {"cdn.jsdelivr.net", "fastapi.tiangolo.com"} <= set(foreign_hosts_in(page))

    def test_finds_one_however_it_is_written(self) -> None:
        page = (
            '<a href="//a.example/x"> <img src=HTTP://B.example:80> url(https://c.example) "wss://d.example"'
        )
        assert foreign_hosts_in(page) == ["a.example", "B.example:80", "c.example", "d.example"]
