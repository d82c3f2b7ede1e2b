"""One suite for the bus; memory and Kafka both pass it. Then what only a broker can do: go away."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from deploy.local.broker import Kafka
from deploy.local.places import LOOPBACK, free_port
from services.kernel.event import Record
from services.kernel.stream import kafka as law
from services.kernel.stream.bus import BrokerUnavailable, Bus
from services.kernel.stream.kafka import KafkaBus
from services.kernel.stream.memory_bus import MemoryBus
from tests.kernel.stages import KafkaStage, Stage
from tests.kernel.things import moved, sent


def of(topic: str, key: str, *versions: int) -> list[Record]:
    return [sent(moved(f"t-{key}", n, holder_id=key), topic=topic, version=n) for n in versions]


def ids(records: list[Record], key: str) -> list[str]:
    return [one.header("ce_id") for one in records if one.key == key]


class TestPublish:
    async def test_keeps_the_order_of_every_key(self, stage: Stage) -> None:
        topic = await stage.topic("thing")
        records = [one for n in range(1, 41) for key in "abcde" for one in of(topic, key, n)]
        await stage.bus.publish(records[:120])
        await stage.bus.publish(records[120:])
        found = await stage.read(topic, 200)
        for key in "abcde":
            assert ids(found, key) == ids(records, key)

    async def test_carries_key_headers_and_value_as_they_are(self, stage: Stage) -> None:
        topic = await stage.topic("thing")
        (given,) = of(topic, "持有人", 1)
        await stage.bus.publish([given])
        (found,) = await stage.read(topic, 1)
        assert (found.key, found.headers, found.value) == (given.key, given.headers, given.value)

    async def test_of_nothing_does_nothing(self, stage: Stage) -> None:
        await stage.bus.publish([])

    async def test_by_many_at_once_loses_nothing(self, stage: Stage) -> None:
        topic = await stage.topic("thing")
        await asyncio.gather(*(stage.bus.publish(of(topic, f"k{n}", 1, 2)) for n in range(20)))
        found = await stage.read(topic, 40)
        for n in range(20):
            assert ids(found, f"k{n}") == ids(of(topic, f"k{n}", 1, 2), f"k{n}")


@pytest.fixture(params=["memory", pytest.param("kafka", marks=pytest.mark.real)])
async def dead_bus(request: pytest.FixtureRequest) -> AsyncIterator[Bus]:
    if request.param == "memory":
        bus = MemoryBus()
        bus.down = True
        yield bus
    else:
        absent = KafkaBus(f"{LOOPBACK}:{free_port()}")
        yield absent
        await absent.close()


class TestFailure:
    async def test_says_that_the_broker_did_not_acknowledge(self, dead_bus: Bus) -> None:
        for _ in range(2):
            with pytest.raises(BrokerUnavailable):
                await dead_bus.publish(of("toys-thing", "k", 1))


@pytest.mark.real
class TestOutage:
    @pytest.fixture(autouse=True)
    def impatient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(law, "REQUEST_TIMEOUT_MS", 1_000)
        monkeypatch.setattr(law, "PUBLISH_TIMEOUT_S", 2)

    async def publish_at_last(self, bus: Bus, records: list[Record]) -> int:
        """As the relay does; returns how often it failed."""
        failures = 0
        async with asyncio.timeout(60):
            while True:
                try:
                    await bus.publish(records)
                except BrokerUnavailable:
                    failures += 1
                    await asyncio.sleep(0.1)
                else:
                    return failures

    async def test_of_a_paused_broker_costs_nothing(self, broker: Kafka, breakable_stage: KafkaStage) -> None:
        topic = await breakable_stage.topic("thing")
        await breakable_stage.bus.publish(of(topic, "k", 1))
        broker.pause()
        try:
            with pytest.raises(BrokerUnavailable):
                await breakable_stage.bus.publish(of(topic, "k", 2, 3))
        finally:
            broker.resume()
        await breakable_stage.bus.close()  # leaves nothing of the producers that were thrown away
        assert not [task for task in asyncio.all_tasks() if "aiokafka" in repr(task)]
        await self.publish_at_last(breakable_stage.bus, of(topic, "k", 2, 3, 4))
        found = ids(await breakable_stage.read(topic, 4), "k")
        assert list(dict.fromkeys(found)) == ids(of(topic, "k", 1, 2, 3, 4), "k")

    async def test_of_a_killed_broker_costs_nothing(self, broker: Kafka, breakable_stage: KafkaStage) -> None:
        topic = await breakable_stage.topic("thing")
        await breakable_stage.bus.publish(of(topic, "k", 1))
        await broker.kill()
        batches = [of(topic, key, *range(1, 20)) for key in "ab"]
        publishing = [
            asyncio.ensure_future(self.publish_at_last(breakable_stage.bus, batch)) for batch in batches
        ]
        await asyncio.wait(publishing, timeout=1)
        await broker.start()
        assert min(await asyncio.gather(*publishing)) >= 1
        await self.publish_at_last(breakable_stage.bus, of(topic, "k", 2))
        found = await breakable_stage.read(topic, 1 + 2 * 19 + 1)
        assert list(dict.fromkeys(ids(found, "k"))) == ids(of(topic, "k", 1, 2), "k")
        for key, batch in zip("ab", batches, strict=True):
            assert list(dict.fromkeys(ids(found, key))) == ids(batch, key)
