"""kill -9 of a space in the middle of pulls: what was answered is on record, what was taken back is shut."""

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from pymongo import MongoClient

from deploy.local.actors import Answered, Json, Operator, present
from services.kernel.clock import SystemClock
from services.kernel.event import Record, entry, record
from services.kernel.stream.freshness import MOST_BEHIND_S
from services.space.events import GrantWithdrawn
from tests.journeys.test_a_visit import PURPOSE, a_holder_with_a_licence
from tests.world.town import Town, eventually, real_town

PULLS, KILLS = 60, 2
AT_ONCE = 6
# So many keys lie on both halves of the four partitions, whichever half the killed process had.
GRANTS = 8


@pytest.fixture
async def twin_town(tmp_path: Path) -> AsyncIterator[Town]:
    async with real_town(tmp_path, copies=2) as town:
        yield town


@dataclass
class Pulling:
    """Careful counters: what a kill cuts off is asked again with the same key."""

    operator: Operator
    grants: Sequence[str]
    answered: list[str] = field(default_factory=list)
    again: int = 0

    async def run(self, pulls: int) -> None:
        queue = iter(range(pulls))

        async def work() -> None:
            for number in queue:
                pulled = await self.pull(self.grants[number % len(self.grants)])
                assert pulled["certificates"]
                self.answered.append(pulled["access_id"])

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))

    async def pull(self, grant: str) -> Json:
        key = uuid4().hex
        while True:
            try:
                return await self.operator.pull(grant, key=key)
            except Answered as problem:
                if problem.status != 503:
                    raise
            except httpx.TransportError:
                pass  # the space was killed
            self.again += 1
            await asyncio.sleep(0.05)

    async def reached(self, count: int) -> None:
        async def so_many() -> bool:
            return len(self.answered) >= count

        await eventually(so_many, within=120)


def on_record(town: Town) -> dict[str, dict[str, Any]]:
    assert town.world is not None
    with MongoClient[dict[str, Any]](town.world.engines.mongo_url) as client:
        return {str(one["_id"]): one for one in client["yima_space"]["accesses"].find({})}


def unrecorded(answered: Collection[str], kept: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """The pulls that were answered and of which nothing, or not that, is on record."""
    return {
        one for one in answered if kept.get(one, {}).get("outcome") != "pulled" or not kept[one]["entry_ids"]
    }


async def kill_amid(town: Town, pulling: Pulling, *, pulls: int, kills: int) -> None:
    """Each of the two in turn, when a third of this kill's share of the pulls is answered."""
    assert town.world is not None
    share = pulls // kills
    for number in range(kills):
        work = asyncio.create_task(pulling.run(share))
        await pulling.reached(number * share + share // 3)
        await town.world.kill("space", number % 2)
        await asyncio.gather(work, town.world.restart("space", number % 2))


async def some_grants(town: Town, number: int) -> list[str]:
    """To one operator, all of one holder with a licence."""
    resident, item = await a_holder_with_a_licence(town), await town.item("食品经营许可证")
    scans = [await present(resident, town.operator(), item=item, purpose=PURPOSE) for _ in range(number)]
    return [one["grant"] for one in scans]


def withdrawal(grant: str, *, key: str) -> Record:
    said = jwt.decode(grant, options={"verify_signature": False})
    now = SystemClock().now()
    event = GrantWithdrawn(grant_id=said["jti"], version=2, holder_id=said["sub"], withdrawn_at=now)
    return replace(record(entry(event, version=2, at=now)), key=key)


async def outcome(operator: Operator, grant: str) -> str:
    """Of one pull, by whichever process still answers."""
    while True:
        try:
            await operator.pull(grant)
        except Answered as problem:
            return problem.code
        except httpx.TransportError:
            continue  # it was the killed one's turn
        return "pulled"


@pytest.mark.real
class TestKillingOneOfTwoSpaces:
    async def test_leaves_every_answered_pull_on_record_and_no_withdrawn_grant_open(
        self, twin_town: Town
    ) -> None:
        assert twin_town.world is not None
        grants = await some_grants(twin_town, GRANTS)
        pulling = Pulling(twin_town.operator(), grants)
        await kill_amid(twin_town, pulling, pulls=PULLS, kills=KILLS)
        assert len(set(pulling.answered)) == PULLS
        assert unrecorded(pulling.answered, on_record(twin_town)) == set()

        # Now nobody has the killed one's partitions for some seconds.
        await twin_town.world.kill("space", 1)
        await twin_town.bus.publish([withdrawal(one, key=f"key-{n}") for n, one in enumerate(grants)])
        said = time.monotonic()

        async def a_second_ago() -> bool:
            return time.monotonic() - said >= MOST_BEHIND_S

        await eventually(a_second_ago)
        told = await asyncio.gather(*(outcome(twin_town.operator(), one) for one in grants))
        assert set(told) == {"grant_withdrawn"}


class TestTheChecker:
    def test_finds_an_answer_without_a_record_and_one_whose_record_says_less(self) -> None:
        kept = {
            "a": {"outcome": "pulled", "entry_ids": ["e"]},
            "b": {"outcome": "refused", "entry_ids": []},
            "c": {"outcome": "pulled", "entry_ids": []},
        }
        assert unrecorded(["a", "b", "c", "d"], kept) == {"b", "c", "d"}
