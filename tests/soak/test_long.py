"""The long loops of `make soak`; a small case of each is in the suite. docs/soak.md has the figures."""

import asyncio
import random
import sys
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from pymongo import MongoClient

from deploy.local.places import SERVICES
from tests.faults.test_killed_imports import a_sheet, check_complete, survive
from tests.faults.test_kills import counts, message_ids, until_acknowledged
from tests.faults.test_large_files import peak_memory
from tests.faults.test_two_spaces import Pulling, kill_amid, on_record, some_grants, unrecorded
from tests.journeys.test_a_file import HEADINGS, row
from tests.soak.revoking import measure, times_alone
from tests.world.leaks import Watchman, overheard
from tests.world.lives import a_crowd, live_all
from tests.world.people import a_shop, an_approval
from tests.world.town import Town, eventually, real_town

pytestmark = [pytest.mark.soak, pytest.mark.real]

KILLS = 100
SHOPS = 50
ROWS = 50_000
PEOPLE = 1_000
IMPORTED, IMPORT_KILLS = 20_000, 20
PULLS, SPACE_KILLS = 1_000, 20
# A queue makes it the rows that wait, and not a factor: 5 s to the space were 150 times as long as alone.
MOST_TIMES_ALONE = 15


@pytest.fixture
async def single_town(tmp_path: Path) -> AsyncIterator[Town]:
    """One process of each: who revokes meets the import."""
    async with real_town(tmp_path) as opened:
        yield opened


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with real_town(tmp_path, copies=2) as opened:
        yield opened


def tell(**figures: object) -> None:
    sys.stdout.write(" ".join(f"{name}={value}" for name, value in figures.items()) + "\n")


async def arrived(town: Town) -> bool:
    """Whether all messages are there, by an estimate: counting them reads them all, and would be the load."""
    assert town.world is not None
    await asyncio.sleep(0.1)
    with MongoClient[dict[str, object]](town.world.engines.mongo_url) as client:
        return client["yima_notify"]["messages"].estimated_document_count() >= ROWS


class TestAHundredKills:
    async def test_lose_and_double_nothing(self, town: Town) -> None:
        """kill -9 of a random process of a random service, again and again, while approvals come in."""
        assert town.world is not None
        chance, shops = random.Random(420322), [a_shop() for _ in range(SHOPS)]
        await town.county.register(shops)
        acknowledged: set[str] = set()
        ended = asyncio.Event()

        async def hand_in() -> None:
            while not ended.is_set():
                acknowledged.add(await until_acknowledged(town, an_approval(chance.choice(shops))))

        sending = asyncio.gather(*(hand_in() for _ in range(4)))
        begun = time.monotonic()
        for _ in range(KILLS):
            service, copy = chance.choice(SERVICES), chance.randrange(2)
            await town.world.kill(service, copy)
            await town.world.restart(service, copy)
        ended.set()
        await sending
        number = len(acknowledged)

        async def complete() -> bool:
            return counts(town) == (number, number, number)

        await eventually(complete, within=300)

        async def partner_complete() -> bool:
            return message_ids(town) <= await town.partner.ids()

        await eventually(partner_complete, within=300)
        repeats = len(await town.partner.events()) - len(await town.partner.ids())
        tell(
            kills=KILLS, approvals=number, seconds=round(time.monotonic() - begun), webhooks_repeated=repeats
        )


class TestTwentyKillsOfAnImport:
    async def test_lose_and_double_no_row(self, single_town: Town) -> None:
        sheet, begun = a_sheet(IMPORTED), time.monotonic()
        done = await survive(single_town, sheet, kills=IMPORT_KILLS, chance=random.Random(420322))
        await check_complete(single_town, sheet, done)
        tell(kills=IMPORT_KILLS, rows=IMPORTED, seconds=round(time.monotonic() - begun))


class TestAnImportOfTwentyThousandRows:
    async def test_delays_no_revocation(self, single_town: Town) -> None:
        alone, beside = await measure(single_town, rows=IMPORTED)
        ratios = times_alone(alone, beside)
        tell(revocations=len(beside), **{name: round(ratio, 1) for name, ratio in ratios.items()})
        assert max(ratios.values()) < MOST_TIMES_ALONE


class TestFiftyThousandRows:
    async def test_go_through_in_little_memory(self, town: Town) -> None:
        assert town.world is not None
        shops = [a_shop() for _ in range(ROWS // 5)]
        await town.county.register(shops)

        async def lines() -> AsyncIterator[bytes]:
            yield HEADINGS.encode()
            for number in range(ROWS):
                yield ("\n" + row(shops[number % len(shops)], number)).encode()

        source, begun = town.county.source, time.monotonic()
        made = await source.ask(
            "certs", "POST", "/v1/approvals:import", params={"filename": "large.csv"}, content=lines()
        )

        await eventually(partial(arrived, town), within=1_800)
        took = time.monotonic() - begun
        assert counts(town) == (ROWS, ROWS, ROWS)
        state = await source.ask("certs", "GET", f"/v1/imports/{made['import_id']}")
        assert (state["state"], state["issued"], state["refused"]) == ("done", ROWS, 0)
        peaks = {name: peak_memory(pid) >> 20 for name, pid in town.world.pids().items()}
        tell(rows=ROWS, seconds=round(took), rows_per_second=round(ROWS / took), peak_mib=peaks)


class TestAThousandPeople:
    async def test_go_through_everything_and_are_found_nowhere(self, town: Town) -> None:
        people, begun = a_crowd(PEOPLE), time.monotonic()
        watchman = Watchman(people)
        with overheard(town.platform) as heard:
            await live_all(town, people)
        took = time.monotonic() - begun
        places = {
            "addresses and refusals": heard,
            "logs": await town.log_files(),
            "topics": await town.records(),
        }
        for place, texts in places.items():
            found = await asyncio.to_thread(watchman.found, b"\n".join(texts))
            assert found == set(), place
        size = {place: sum(map(len, texts)) >> 20 for place, texts in places.items()}
        tell(people=PEOPLE, seconds=round(took), looked_through_mib=size)


class TestAThousandPulls:
    async def test_and_twenty_kills_leave_every_answered_one_on_record(self, town: Town) -> None:
        pulling = Pulling(town.operator(), await some_grants(town, 20))
        await kill_amid(town, pulling, pulls=PULLS, kills=SPACE_KILLS)
        tell(pulls=len(pulling.answered), asked_again=pulling.again)
        assert len(set(pulling.answered)) == PULLS
        assert unrecorded(pulling.answered, on_record(town)) == set()
