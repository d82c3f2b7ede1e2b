"""Two processes of identity, and one of them killed: a code serves once, and a limit is a limit."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import httpx
import jwt
import pytest

from deploy.local.actors import Answered, Json, Operator
from services.kernel.clock import SystemClock, civil_date
from tests.world.people import a_shop
from tests.world.town import Town, real_town

pytestmark = pytest.mark.real

OPERATORS = 32
PRESENTATIONS = 1_000
A_DAY = 5
PURPOSE = "查询企业登记信息"


@pytest.fixture
async def twin_town(tmp_path: Path) -> AsyncIterator[Town]:
    async with real_town(tmp_path, copies=2, YIMA_STATUTORY_A_DAY=str(A_DAY)) as town:
        yield town


async def outcome(operator: Operator, code: str, **said: str) -> tuple[str, Json]:
    """The reason code, or `granted` with the answer; what the kill cut off is sent again."""
    while True:
        try:
            return "granted", await operator.scan(code, **said)
        except Answered as problem:
            if problem.status != 503:
                return problem.code, problem.problem
        except httpx.TransportError:
            await asyncio.sleep(0.1)


def grant_id(answer: Json) -> str:
    """Two signatures of one grant differ; what it is does not."""
    return str(jwt.decode(answer["grant"], options={"verify_signature": False})["jti"])


async def restart_one(town: Town) -> None:
    assert town.world is not None
    await town.world.kill("identity", 1)
    await town.world.restart("identity", 1)


class TestOneCodeAndManyCounters:
    async def test_is_taken_by_exactly_one_also_across_a_restart(self, twin_town: Town) -> None:
        item = await twin_town.item("登记信息")
        operators = [twin_town.operator(f"many-{number}") for number in range(OPERATORS)]
        await asyncio.gather(*(one.session.token() for one in operators))
        resident = await twin_town.resident(a_shop())
        code = (await resident.show_code())["code"]
        told: list[tuple[str, str, Json]] = []
        turns = iter(range(PRESENTATIONS))

        async def present(operator: Operator) -> None:
            for _ in turns:
                word, answer = await outcome(operator, code, item=item, purpose=PURPOSE)
                told.append((operator.staff_id, word, answer))

        presenting = asyncio.gather(*map(present, operators))
        await restart_one(twin_town)
        await presenting
        assert Counter(word for _, word, _ in told).keys() == {"granted", "code_used"}
        taken = [
            (who, answer["scan_id"], grant_id(answer)) for who, word, answer in told if word == "granted"
        ]
        # The one who was first gets the same answer for each repeat, with the same grant.
        assert len(set(taken)) == 1
        assert len(told) == PRESENTATIONS
        scans = (await resident.ask("identity", "GET", "/v1/me/scans"))["scans"]
        assert [one["scan_id"] for one in scans] == [taken[0][1]]


class TestALimit:
    async def test_holds_over_two_processes_and_a_restart(self, twin_town: Town) -> None:
        for attempt in itertools.count():
            day = today()
            words = await self.scans_by_duty(twin_town, f"inspector-{attempt}")
            if today() == day:  # at midnight the count begins anew, as it should
                break
        assert words == {"granted": A_DAY, "rate_limited": 2 * A_DAY}

    async def scans_by_duty(self, town: Town, staff_id: str) -> Counter[str]:
        """Three times as many as allowed, with a restart before the limit is reached."""
        inspector = town.operator(staff_id, "巡查 1 组", "statutory")
        item, words = await town.item("食品经营监督检查"), Counter[str]()
        for number in range(3 * A_DAY):
            if number == A_DAY - 1:
                await restart_one(town)
            code = (await (await town.resident(a_shop())).show_code())["code"]
            said = {
                "item": item,
                "purpose": "日常监督检查",
                "mode": "statutory",
                "case_number": f"{number}号",
            }
            words[(await outcome(inspector, code, **said))[0]] += 1
        return words


def today() -> date:
    return civil_date(SystemClock().now())
