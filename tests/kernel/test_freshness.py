"""How far behind a process is on what takes rights away, and that it never claims more than it knows."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from deploy.local.broker import Kafka
from services.kernel.errors import Unavailable
from services.kernel.event import Heard
from services.kernel.stream import freshness as law
from services.kernel.stream.freshness import Freshness, KafkaTail, StatusUnknown, Tail
from services.kernel.stream.hearing import Listener
from services.kernel.stream.memory_bus import MemoryBus, MemoryTail
from tests.kernel.listening import Ear, Worn
from tests.kernel.stages import KafkaStage, MemoryStage
from tests.kernel.things import ThingMoved, eventually, moved, running, sent


def tail_of(stage: MemoryStage | KafkaStage) -> Tail:
    """Of the same engine as its bus."""
    if isinstance(stage, KafkaStage):
        return KafkaTail(stage.bootstrap, stage.service)
    return MemoryTail(stage.bus)


class Gate(Ear):
    """Deals with nothing until it is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open = asyncio.Event()
        self.begun = False

    async def __call__(self, batch: Sequence[Heard[Any]]) -> None:
        self.begun = True
        await self.open.wait()
        await super().__call__(batch)


def a_listener(topic: str, ear: Ear) -> Listener:
    return Listener(topic=topic, hears={ThingMoved: ear})


@asynccontextmanager
async def following(fresh: Freshness, *listeners: Listener) -> AsyncIterator[None]:
    async with running(lambda: fresh.follow_forever(listeners)):
        yield


def is_fresh(fresh: Freshness) -> bool:
    return fresh.lag is not None and fresh.lag <= law.MOST_BEHIND_S


async def refuses(fresh: Freshness) -> bool:
    try:
        await fresh.check()
    except StatusUnknown:
        return True
    return False


class HandTail:
    """A clock for a test to move; nothing is brought."""

    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> float:
        return self.at

    async def follow(self, listeners: Sequence[Listener]) -> AsyncIterator[float]:
        del listeners
        while True:
            await asyncio.sleep(0)
            yield self.at


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(law, "PATIENCE_S", 0.01)


@pytest.mark.usefixtures("impatient")
class TestACheck:
    async def test_refuses_before_anything_is_known(self) -> None:
        fresh = Freshness(HandTail())
        assert (fresh.lag, fresh.told()) == (None, "catching up")
        with pytest.raises(StatusUnknown) as refused:
            await fresh.check()
        assert isinstance(refused.value, Unavailable)

    async def test_passes_up_to_a_second_behind_and_not_beyond(self) -> None:
        fresh = Freshness(tail := HandTail())
        fresh.reached(0.0)
        tail.at = 1.0
        await fresh.check()
        tail.at = 1.01
        assert await refuses(fresh)
        assert fresh.told() == "ok, 1.0 s behind"
        fresh.reached(0.9)
        await fresh.check()

    async def test_waits_a_moment_for_a_process_that_was_held_up(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(law, "PATIENCE_S", 30)
        fresh = Freshness(HandTail())
        checking = asyncio.create_task(fresh.check())
        await asyncio.sleep(0)
        assert not checking.done()
        fresh.reached(0.0)
        await checking


class TestFollowing:
    async def test_knows_at_once_where_nothing_was_ever_said(self, stage: MemoryStage | KafkaStage) -> None:
        fresh = Freshness(tail_of(stage))
        async with following(fresh, a_listener(await stage.topic("thing"), Ear())):
            await eventually(lambda: is_fresh(fresh))
            await fresh.check()

    async def test_is_fresh_only_when_all_that_was_said_before_is_dealt_with(
        self, stage: MemoryStage | KafkaStage
    ) -> None:
        topic, gate = await stage.topic("thing"), Gate()
        said = [sent(moved(f"t-{n}", 1), topic=topic, version=1) for n in range(30)]
        await stage.bus.publish(said)
        fresh = Freshness(tail_of(stage))
        async with following(fresh, a_listener(topic, gate)):
            await eventually(lambda: gate.begun)
            assert fresh.lag is None
            gate.open.set()
            await eventually(lambda: is_fresh(fresh))
            assert sorted(gate.names()) == sorted(one.header("ce_subject") for one in said)

    async def test_falls_behind_while_a_handler_is_stuck_and_catches_up(
        self, stage: MemoryStage | KafkaStage
    ) -> None:
        topic, gate = await stage.topic("thing"), Gate()
        fresh = Freshness(tail_of(stage))
        async with following(fresh, a_listener(topic, gate)):
            await eventually(lambda: is_fresh(fresh))
            await stage.bus.publish([sent(moved("t-1", 1), topic=topic, version=1)])
            await eventually(lambda: not is_fresh(fresh))
            gate.open.set()
            await eventually(lambda: is_fresh(fresh))
            assert gate.names() == ["t-1"]

    async def test_hears_in_every_process_and_leaves_burying_to_the_group(
        self, stage: MemoryStage | KafkaStage
    ) -> None:
        topic = await stage.topic("thing")
        ears = [Ear(always={"bad": Worn("never")}) for _ in range(2)]
        processes = [Freshness(tail_of(stage)) for _ in ears]
        async with (
            following(processes[0], a_listener(topic, ears[0])),
            following(processes[1], a_listener(topic, ears[1])),
        ):
            bad, good = (sent(moved(name, 1), topic=topic, version=1) for name in ("bad", "good"))
            await stage.bus.publish([bad, good])
            await eventually(lambda: all(one.names() == ["good"] for one in ears))
            await eventually(lambda: all(is_fresh(one) for one in processes))
        if isinstance(stage, MemoryStage):
            assert not stage.bus.topics[f"{stage.service}-dead-letter"]

    async def test_of_a_bus_that_is_down_ends_until_it_is_up(self) -> None:
        bus = MemoryBus()
        fresh = Freshness(MemoryTail(bus))
        async with following(fresh, a_listener("thing", Ear())):
            await eventually(lambda: is_fresh(fresh))
            bus.down = True
            await eventually(lambda: not is_fresh(fresh))
            bus.down = False
            await eventually(lambda: is_fresh(fresh))


@pytest.mark.real
class TestOverKafka:
    async def test_begins_where_the_group_has_come_to(self, kafka_stage: KafkaStage) -> None:
        topic, group, late = await kafka_stage.topic("thing"), Ear(), Ear()
        hearing = kafka_stage.hearing([a_listener(topic, group)])
        await kafka_stage.bus.publish([sent(moved("old", 1), topic=topic, version=1)])
        async with running(hearing.hear_forever):
            await eventually(lambda: hearing.caught_up)
        await kafka_stage.bus.publish([sent(moved("missed", 1), topic=topic, version=1)])
        fresh = Freshness(KafkaTail(kafka_stage.bootstrap, kafka_stage.service))
        async with following(fresh, a_listener(topic, late)):
            await eventually(lambda: is_fresh(fresh))
        assert (group.names(), late.names()) == (["old"], ["missed"])

    async def test_ends_with_the_broker_paused_or_killed_and_comes_back_by_itself(
        self, broker: Kafka, breakable_stage: KafkaStage
    ) -> None:
        topic, ear = await breakable_stage.topic("thing"), Ear()
        fresh = Freshness(KafkaTail(broker.address, breakable_stage.service))
        async with following(fresh, a_listener(topic, ear)):
            await eventually(lambda: is_fresh(fresh))
            broker.pause()
            await eventually(lambda: not is_fresh(fresh))
            broker.resume()
            await eventually(lambda: is_fresh(fresh))
            await broker.kill()
            await eventually(lambda: not is_fresh(fresh))
            await broker.start()
            await eventually(lambda: is_fresh(fresh))
