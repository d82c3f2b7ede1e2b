"""What hostile callers send, to two real processes of identity on real engines."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest

from services.kernel.keys.secrets import read_jwks
from tests.identity.forgery import Mint, forms
from tests.world.asking import Served, ask_all
from tests.world.people import a_shop
from tests.world.town import Town, real_town

# A minute and a half: the suite has the like on memory engines, and on real ones in test_hostile_input.
pytestmark = [pytest.mark.real, pytest.mark.soak]

METHODS = {"get", "put", "post", "patch", "delete"}
LIMITS = ("SCANS_A_MINUTE", "LOOKUPS_A_MINUTE", "TOKENS_A_MINUTE", "REGISTRATIONS_A_MINUTE")
SAME_ID = {"X-Request-Id": "the-same", "Idempotency-Key": "k" * 32}


@pytest.fixture
async def twin_town(tmp_path: Path) -> AsyncIterator[Town]:
    generous = {f"YIMA_{limit}": "1000000" for limit in LIMITS}
    async with real_town(tmp_path, copies=2, **generous) as town:
        yield town


def urls(town: Town) -> list[str]:
    assert town.world is not None
    return town.world.urls("identity")


async def document(town: Town) -> dict[str, Any]:
    async with aiohttp.ClientSession() as session, session.get(f"{urls(town)[0]}/openapi.json") as answer:
        found: dict[str, Any] = await answer.json()
        return found


def odd_tokens(genuine: str, town: Town) -> dict[str, str]:
    jwks = read_jwks(town.secrets_dir / "identity" / "tokens.jwks")
    current = next(jwk for jwk in jwks["keys"] if jwk.get("state", "current") == "current")
    mint = Mint.of(genuine, jwt.PyJWK(current, algorithm="ES256").key)
    odd = forms(mint) | {
        "auth_time a text": mint.with_body(auth_time="now"),
        "auth_time without end": mint.with_body(auth_time=1e300),
        "code_kind a list": mint.with_body(code_kind=["person"]),
    }
    return {name: token for name, token in odd.items() if token.isascii()}


class TestForgedTokens:
    async def test_hear_one_answer_at_every_address_of_both(self, twin_town: Town) -> None:
        resident = await twin_town.resident(a_shop())
        odd = odd_tokens(await resident.session.token(), twin_town)
        assert len(odd) >= 60
        addresses = [
            (method.upper(), path.replace("{", "").replace("}", ""))
            for path, operations in (await document(twin_town))["paths"].items()
            for method, operation in operations.items()
            if method in METHODS and operation.get("security")
        ]
        assert len(addresses) >= 30
        answers: Counter[tuple[int, str]] = Counter()
        turns = ((url, *address, token) for url in urls(twin_town) for address in addresses for token in odd)

        async def bring(session: aiohttp.ClientSession) -> None:
            for url, method, path, name in turns:
                headers = SAME_ID | {"Authorization": f"Bearer {printable(odd[name])}"}
                async with session.request(method, url + path, headers=headers, data=b"{}") as answer:
                    answers[answer.status, await answer.text()] += 1

        async with aiohttp.ClientSession() as session:
            await asyncio.gather(*(bring(session) for _ in range(8)))
        assert len(answers) == 1, {(status, body[:200]): n for (status, body), n in answers.items()}
        (((status, body), count),) = answers.items()
        assert (status, json.loads(body)["code"]) == (401, "token_rejected")
        assert count == 2 * len(addresses) * len(odd)


def printable(token: str) -> str:
    """What a client can put into a header at all."""
    return "".join(one for one in token if one.isprintable())


class TestWhateverIsSent:
    async def test_gets_an_answer_that_the_document_names(self, twin_town: Town) -> None:
        resident = await twin_town.resident(a_shop())
        operator = twin_town.operator("h-1", "3号窗口", "registrar", "statutory", "supervisor", "authority")
        code, item = (await resident.show_code())["code"], await twin_town.item("登记信息")
        scan = await operator.scan(code, item=item, purpose="核对登记信息")
        tokens = {"resident": await resident.session.token(), "operator": await operator.session.token()}
        there = {"scan_id": scan["scan_id"], "purpose": "核对登记信息"}
        described = await document(twin_town)
        for url, caller in product(urls(twin_town), ("nobody", "operator", "resident")):
            served = Served(url=url, document=described, tokens=tokens, there=there)
            answers = await asyncio.to_thread(ask_all, served, caller)
            assert sum(200 in seen for seen in answers.values()) >= 2, answers
