"""What must wake every process: heard by each, kept by none."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from deploy.local.broker import Kafka
from services.kernel.event import Record
from services.kernel.stream import broadcast as law
from services.kernel.stream.broadcast import Bell, Broadcast, Ears, KafkaEars, MemoryEars, TooManyWaiting
from services.kernel.stream.bus import BrokerUnavailable, Bus
from services.kernel.stream.memory_bus import MemoryBus
from tests.kernel.stages import KafkaStage, MemoryStage
from tests.kernel.things import eventually, moved, running, sent


def ears_of(stage: MemoryStage | KafkaStage) -> Ears:
    """Of the same engine as its bus."""
    return KafkaEars(stage.bootstrap) if isinstance(stage, KafkaStage) else MemoryEars(stage.bus)


def about(topic: str, thing: str, holder: str = "h", version: int = 1) -> Record:
    return sent(moved(thing, version, holder_id=holder), topic=topic, version=version)


@asynccontextmanager
async def hearing(*processes: Broadcast) -> AsyncIterator[None]:
    async with running(*(one.hear_forever for one in processes)):
        await eventually(lambda: all(one.hearing for one in processes))
        yield


async def rings(bell: Bell) -> bool:
    return await bell.wait(30)


def silent(bell: Bell) -> bool:
    return not bell._rung.is_set()  # noqa: SLF001 - to look without waiting


class TestARing:
    async def test_reaches_who_waits_in_every_process(self, stage: MemoryStage | KafkaStage) -> None:
        topic = await stage.topic("thing")
        processes = [Broadcast(ears_of(stage), [topic]) for _ in range(3)]
        async with hearing(*processes):
            bells = [one.bell("who", "t-1") for one in processes]
            with bells[0] as first, bells[1] as second, bells[2] as third:
                await stage.bus.publish([about(topic, "t-1")])
                assert [await rings(bell) for bell in (first, second, third)] == [True] * 3

    async def test_is_for_the_key_or_the_subject_of_a_record_and_for_nobody_else(
        self, stage: MemoryStage | KafkaStage
    ) -> None:
        topic = await stage.topic("thing")
        process = Broadcast(ears_of(stage), [topic])
        async with hearing(process):
            with (
                process.bell("a", "t-1") as thing,
                process.bell("b", "h-1") as holder,
                process.bell("c", "t-2", "h-2") as other,
                process.bell("d", "last") as last,
            ):
                await stage.bus.publish([about(topic, "t-1", "h-1"), about(topic, "t-9", "last")])
                assert [await rings(bell) for bell in (thing, holder, last)] == [True] * 3
                assert silent(other)

    async def test_is_for_what_happens_from_now_on(self, stage: MemoryStage | KafkaStage) -> None:
        topic = await stage.topic("thing")
        await stage.bus.publish([about(topic, "old", version=n) for n in range(1, 20)])
        process = Broadcast(ears_of(stage), [topic])
        async with hearing(process):
            with process.bell("who", "old") as old, process.bell("who", "new") as new:
                await stage.bus.publish([about(topic, "new", "k")])
                assert await rings(new)
                assert silent(old)

    async def test_that_came_before_the_wait_is_not_lost(self) -> None:
        bell = Bell()
        bell.ring()
        assert await bell.wait(60)
        assert not await bell.wait(0.001)


class TestAWaiter:
    async def test_whose_ring_is_lost_looks_by_itself(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(law, "LOOK_S", 0.001)
        with Broadcast(MemoryEars(MemoryBus()), ["thing"]).bell("who", "t-1") as bell:
            assert not await bell.wait()

    async def test_is_let_go_when_the_process_stops_and_so_is_who_comes_later(self) -> None:
        process = Broadcast(MemoryEars(MemoryBus()), ["thing"])
        with process.bell("who", "t-1") as bell:
            waiting = asyncio.create_task(bell.wait(60))
            process.end()
            assert await waiting
            assert bell.ended
        with process.bell("who", "t-1") as late:
            assert await late.wait(60)
            assert late.ended

    async def test_is_let_go_when_hearing_is_cancelled(self) -> None:
        process = Broadcast(MemoryEars(MemoryBus()), ["thing"])
        with process.bell("who", "t-1") as bell:
            async with hearing(process):
                pass
            assert bell.ended

    async def test_may_wait_a_few_times_and_all_together_some_thousand_times(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        process = Broadcast(MemoryEars(MemoryBus()), ["thing"])
        held = [process.bell("who", "t-1") for _ in range(law.WAITS_EACH)]
        for one in held:
            one.__enter__()
        with pytest.raises(TooManyWaiting), process.bell("who", "t-1"):
            pass
        with process.bell("another", "t-1"):
            monkeypatch.setattr(law, "WAITS_IN_ALL", law.WAITS_EACH + 1)
            with pytest.raises(TooManyWaiting), process.bell("third", "t-1"):
                pass
        for one in held:
            one.__exit__(None, None, None)
        assert (process.waiting, process._bells, process._waits) == (0, {}, {})  # noqa: SLF001


@pytest.mark.real
class TestOutage:
    async def test_of_the_broker_wakes_everybody_when_it_is_over(
        self, broker: Kafka, breakable_stage: KafkaStage
    ) -> None:
        """What was said meanwhile is not heard: so everybody looks."""
        topic = await breakable_stage.topic("thing")
        process = Broadcast(KafkaEars(broker.address), [topic])
        async with hearing(process):
            with process.bell("who", "t-1") as bell:
                await broker.kill()
                process.hearing = False
                await broker.start()
                await publish_at_last(breakable_stage.bus, [about(topic, "t-1")])
                assert await rings(bell)

    async def test_at_the_start_is_waited_out(self, broker: Kafka, breakable_stage: KafkaStage) -> None:
        topic = f"{breakable_stage.service}-later"
        process = Broadcast(KafkaEars(broker.address), [topic])
        async with running(process.hear_forever):
            with process.bell("who", "t-1") as bell:
                assert not process.hearing
                assert await breakable_stage.topic("later") == topic
                assert await rings(bell)


async def publish_at_last(bus: Bus, records: Sequence[Record]) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                return await bus.publish(records)
            except BrokerUnavailable:
                await asyncio.sleep(0.1)
