"""Both log-ins of the sandbox, the minted one and a real provider's pages, are OpenID Connect."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlencode

import httpx
import jwt
import pytest
from aiohttp import web

from deploy.local.issuer import DISCOVERY, Issuer
from deploy.local.log_in import PORTAL_AUDIENCE, Browser, LogInFailed, LogIns, minted_log_ins
from deploy.local.places import LOOPBACK, free_port
from deploy.local.providers import Providers

PERSON = {"cert_type": "111", "cert_number": "110101200001010015", "name": "欧阳晓禾", "acr": "face"}


@asynccontextmanager
async def provider_log_ins(folder: Path) -> AsyncIterator[LogIns]:
    (folder / "logs").mkdir()
    async with Providers(folder) as providers:
        yield providers.log_ins


@pytest.fixture(params=["minted", "provider"])
async def log_ins(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[LogIns]:
    opened = minted_log_ins() if request.param == "minted" else provider_log_ins(tmp_path)
    async with opened as both:
        yield both


async def published(url: str) -> dict[str, object]:
    async with httpx.AsyncClient() as http:
        answer: dict[str, object] = (await http.get(url)).raise_for_status().json()
        return answer


async def checked(log_ins: LogIns, token: str) -> dict[str, object]:
    """The claims, after the signature was checked by what discovery leads to."""
    discovery = await published(log_ins.province.url + DISCOVERY)
    assert discovery["issuer"] == log_ins.province.url
    keys = jwt.PyJWKSet.from_dict(await published(str(discovery["jwks_uri"])))
    (key,) = keys.keys
    claims: dict[str, object] = jwt.decode(
        token, key, algorithms=["RS256"], audience=PORTAL_AUDIENCE, issuer=log_ins.province.url
    )
    return claims


class TestAnIdToken:
    async def test_says_who_it_is_to_whoever_checks_it_by_the_published_keys(self, log_ins: LogIns) -> None:
        claims = await checked(log_ins, await log_ins.province.id_token(PERSON))
        assert {name: claims[name] for name in PERSON} == PERSON
        assert abs(float(str(claims["iat"])) - time.time()) < 60
        assert PERSON["cert_number"] not in str(claims["sub"])

    async def test_is_never_the_same_twice(self, log_ins: LogIns) -> None:
        first, second = [await log_ins.province.id_token(PERSON) for _ in range(2)]
        assert first.rpartition(".")[0] != second.rpartition(".")[0]

    async def test_of_the_one_log_in_is_not_signed_with_the_key_of_the_other(self, log_ins: LogIns) -> None:
        with pytest.raises(jwt.InvalidTokenError):
            await checked(log_ins, await log_ins.staff.id_token(PERSON))


class TestTheMintingIssuer:
    @pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256"])
    async def test_signs_as_it_is_told_and_with_another_key_after_a_rotation(self, algorithm: str) -> None:
        issuer = Issuer("https://province.test", algorithm=algorithm)  # type: ignore[arg-type]
        before = issuer.id_token(audience="a", name="张晓禾", nonce=None)
        assert jwt.get_unverified_header(before)["alg"] == algorithm
        (keys,) = [one for one in issuer.documents.values() if "keys" in one]
        assert "nonce" not in jwt.decode(before, jwt.PyJWKSet.from_dict(keys).keys[0], audience="a")
        issuer.rotate()
        (later,) = [one for one in issuer.documents.values() if "keys" in one]
        assert later["keys"][0]["kid"] != keys["keys"][0]["kid"]


@asynccontextmanager
async def a_page_that_answers(**query: str) -> AsyncIterator[str]:
    """A provider whose log-in page redirects with this, whatever it was asked."""
    url = f"http://{LOOPBACK}:{free_port()}"

    async def discovery(_: web.Request) -> web.Response:
        return web.json_response({"authorization_endpoint": f"{url}/page", "token_endpoint": f"{url}/token"})

    async def page(_: web.Request) -> web.Response:
        raise web.HTTPFound(f"http://{LOOPBACK}:1/?{urlencode(query)}") if query else web.HTTPForbidden

    async def nothing(_: web.Request) -> web.Response:
        return web.Response()

    app = web.Application()
    app.router.add_get(DISCOVERY, discovery)
    app.router.add_get("/page", nothing)
    app.router.add_post("/page", page)
    app.router.add_put("/users/{who}", nothing)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, int(url.rpartition(":")[2])).start()
        yield url
    finally:
        await runner.cleanup()


class TestTheBrowser:
    async def test_takes_no_code_that_answers_somebody_elses_request(self) -> None:
        async with a_page_that_answers(code="c", state="of another") as url:
            with pytest.raises(LogInFailed, match="state differs"):
                await Browser(url, PORTAL_AUDIENCE).id_token(PERSON)

    async def test_says_what_the_page_answered(self) -> None:
        async with a_page_that_answers() as url:
            with pytest.raises(LogInFailed, match="403 instead of a redirect"):
                await Browser(url, PORTAL_AUDIENCE).id_token(PERSON)
