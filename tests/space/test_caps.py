"""An operator pulls as often as a counter can serve, and no more."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.kernel.clock import Clock
from services.kernel.outbox.aggregates import Aggregates
from services.kernel.outbox.relay import Relay
from services.kernel.store.documents import Documents
from services.kernel.store.lease import Lease
from services.kernel.store.memory import MemoryDocuments
from services.kernel.stream.memory_bus import MemoryBus
from services.space.domain import Item, Operator, PullCapReached
from services.space.store import PULL_HOURS, CapStore
from tests.space.test_revocations import told
from tests.space.world import NOW, HandClock, World

MOST = 3
CLERK = Operator(operator="op-0017", organisation="11420322YM0000002G", counter="3号窗口")
OTHER = Operator(operator="op-0018", organisation="11420322YM0000002G", counter="3号窗口")


@pytest.fixture
async def capped(secrets: Path, shipped: Sequence[Item]) -> AsyncIterator[World]:
    """One whose operators have three pulls an hour."""
    world = World(secrets, pulls_an_hour=MOST)
    await world.hear(world.registered())
    await world.find_registered(shipped)
    async with world.http:
        yield world


class Office:
    """Processes that share one store."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._documents, self._clock = documents, clock
        self.bus = MemoryBus()

    def process(self, most: int = MOST) -> CapStore:
        relay = Relay(
            self._documents, self.bus, Lease(self._documents, self._clock), self._clock, [PULL_HOURS]
        )
        aggregates = Aggregates(self._documents, PULL_HOURS, relay, self._clock)
        return CapStore(self._documents, aggregates, self._clock, most=most)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def documents() -> MemoryDocuments:
    return MemoryDocuments()


@pytest.fixture
def office(documents: MemoryDocuments, clock: HandClock) -> Office:
    return Office(documents, clock)


async def takes(caps: CapStore, by: Operator = CLERK) -> bool:
    try:
        await caps.take(by)
    except PullCapReached:
        return False
    return True


async def alerts(documents: MemoryDocuments) -> list[tuple[str, int]]:
    found = await documents.find(PULL_HOURS, {})
    said = [json.loads(each["body"]) for one in found for each in one["outbox"]]
    return [(one["hour_id"], one["version"]) for one in said]


class TestAnHour:
    async def test_has_so_many_pulls_for_each_operator(self, office: Office) -> None:
        caps = office.process()
        assert [await takes(caps) for _ in range(MOST + 2)] == [True] * MOST + [False] * 2
        assert await takes(caps, OTHER)

    async def test_says_when_the_next_begins_and_then_there_is_room(
        self, office: Office, clock: HandClock
    ) -> None:
        caps = office.process()
        for _ in range(MOST):
            await caps.take(CLERK)
        with pytest.raises(PullCapReached) as refused:
            await caps.take(CLERK)
        assert refused.value.retry_after == 30 * 60
        clock.at += timedelta(seconds=refused.value.retry_after)
        assert await takes(caps)

    async def test_is_shared_by_two_processes_that_ask_at_once(self, office: Office) -> None:
        most, processes = 47, [office.process(47) for _ in range(2)]
        asked = [takes(processes[number % 2]) for number in range(2 * most)]
        assert Counter(await asyncio.gather(*asked)) == {True: most, False: most}

    async def test_is_not_forgotten_when_a_process_is_killed(self, office: Office) -> None:
        assert [await takes(office.process()) for _ in range(MOST + 1)] == [True] * MOST + [False]

    async def test_of_many_pulls_is_written_by_the_few_and_given_out_to_the_last(
        self, office: Office, documents: MemoryDocuments, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        caps, written = office.process(120), 0
        update = documents.update

        async def counted(*what: Any, **how: Any) -> bool:
            nonlocal written
            written += 1
            return await update(*what, **how)

        monkeypatch.setattr(documents, "update", counted)
        taken = await asyncio.gather(*(takes(caps) for _ in range(120)))
        assert all(taken)
        assert written == 23  # and one insert
        assert not await takes(caps)

    async def test_loses_no_more_than_a_24th_to_a_process_that_was_killed(self, office: Office) -> None:
        assert await takes(office.process(120))
        left = office.process(120)
        assert [await takes(left) for _ in range(120)].count(True) == 115

    async def test_that_is_over_is_not_remembered(self, office: Office, clock: HandClock) -> None:
        caps = office.process()
        await caps.take(CLERK)
        await caps.take(OTHER)
        assert len(caps._held) == 2  # noqa: SLF001
        clock.at += timedelta(hours=1)
        await caps.take(CLERK)
        assert len(caps._held) == 1  # noqa: SLF001


class TestTheAlert:
    async def test_is_given_once_an_hour_by_whichever_process_refuses_first(
        self, office: Office, documents: MemoryDocuments, clock: HandClock
    ) -> None:
        processes = [office.process() for _ in range(2)]
        await asyncio.gather(*(takes(processes[number % 2]) for number in range(4 * MOST)))
        begun: datetime = NOW.replace(minute=0)
        hour_id = f"op-0017/{begun:%Y-%m-%dT%H}"
        assert await alerts(documents) == [(hour_id, MOST + 1)]
        clock.at += timedelta(hours=1)
        assert [await takes(processes[0]) for _ in range(MOST + 1)].count(True) == MOST
        assert len(await alerts(documents)) == 2

    async def test_is_not_given_for_an_hour_that_is_just_used_up(
        self, office: Office, documents: MemoryDocuments
    ) -> None:
        caps = office.process()
        for _ in range(MOST):
            await caps.take(CLERK)
        assert await alerts(documents) == []


class TestAPull:
    async def test_over_the_cap_is_refused_and_on_the_holders_record(self, capped: World) -> None:
        await capped.hear(capped.certificate())
        answers = [await capped.pull(key=f"visit-{number:04}") for number in range(MOST + 1)]
        assert [one.status_code for one in answers] == [200] * MOST + [429]
        assert told(answers[-1]) == (429, "pull_cap_reached")
        assert answers[-1].headers["Retry-After"] == "1800"
        newest = (await capped.see("accesses"))["accesses"][0]
        assert (newest["outcome"], newest["reason"]) == ("refused", "pull_cap_reached")
        (said,) = capped.said("space.operator.capped.v1")
        assert (said["operator"], said["counter"], said["most"]) == ("op-0017", "3号窗口", MOST)

    async def test_that_is_refused_for_another_reason_does_not_count(self, capped: World) -> None:
        for number in range(MOST + 1):
            assert told(await capped.pull(key=f"visit-{number:04}")) == (404, "nothing_to_pull")
        assert capped.documents.kept("pull_hours") == []

    async def test_counts_and_a_match_does_not(self, capped: World) -> None:
        await capped.hear(capped.certificate())
        for _ in range(MOST + 1):
            assert (await capped.match()).status_code == 200
        assert (await capped.pull()).status_code == 200
