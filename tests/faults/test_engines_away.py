"""Kafka or the database goes away for a while: callers are told the truth and nobody restarts anything."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from deploy.local.actors import Answered
from deploy.local.engine import Engine
from tests.world.people import a_shop, an_approval
from tests.world.town import Town, eventually, refused

pytestmark = pytest.mark.real

# Long enough that batches expire, sessions time out and clients reconnect.
AWAY_S = 20


@asynccontextmanager
async def away(engine: Engine) -> AsyncIterator[None]:
    """Killed at the start; at the end so many seconds have passed and it is up again."""
    gone = time.monotonic()
    await engine.kill()
    try:
        yield
    finally:

        async def long_enough() -> bool:
            return time.monotonic() - gone >= AWAY_S

        await eventually(long_enough)
        await engine.start()


class TestKafkaAway:
    async def test_approvals_are_taken_and_everything_arrives_afterwards(self, broken_town: Town) -> None:
        assert broken_town.world is not None
        shops = [a_shop() for _ in range(20)]
        async with away(broken_town.world.kafka):
            made = await asyncio.gather(*(broken_town.approve(an_approval(shop)) for shop in shops))
        assert len({one["certificate_id"] for one in made}) == len(shops)
        for shop in shops:
            resident = await broken_town.resident(shop)
            assert len(await broken_town.entries(resident)) == 1
            assert len(await eventually(resident.messages)) == 1


class TestDatabaseAway:
    async def test_callers_get_503_and_it_recovers_by_itself(self, broken_town: Town) -> None:
        assert broken_town.world is not None
        shop = a_shop()
        before = await broken_town.approve(an_approval(shop))
        resident = await broken_town.resident(shop)
        await broken_town.entries(resident)
        kept = an_approval(shop)
        for stop, begin in (("kill", "start"), ("pause", "resume")):
            engine = broken_town.world.database
            await call(engine, stop)
            gone = time.monotonic()
            problem = await refused(broken_town.approve(kept))
            assert problem.status == 503
            assert problem.code in {"database_unavailable", "unavailable"}

            async def long_enough(gone: float = gone) -> bool:
                return time.monotonic() - gone >= AWAY_S

            await eventually(long_enough)
            await call(engine, begin)
            await eventually(lambda: taken(broken_town, kept))
        entries = await broken_town.entries(resident, count=2)
        assert before["certificate_id"] in {one["entry_id"] for one in entries}
        assert len(entries) == 2

    async def test_the_503_says_when_to_come_back(self, broken_town: Town) -> None:
        assert broken_town.world is not None
        token = await broken_town.county.source.token()
        await call(broken_town.world.database, "kill")
        answer = await broken_town.platform.call(
            "certs", "POST", "/v1/approvals", json=an_approval(a_shop()), token=token
        )
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        await call(broken_town.world.database, "start")


async def call(engine: Engine, action: str) -> None:
    done = getattr(engine, action)()
    if done is not None:
        await done


async def taken(town: Town, approval: dict[str, object]) -> bool:
    try:
        await town.approve(approval)
    except Answered as problem:
        if problem.status != 503:
            raise
        return False
    return True
