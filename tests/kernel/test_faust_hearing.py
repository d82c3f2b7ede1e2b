"""What only a broker and several processes can do to a hearing; nothing of it may lose an event."""

import asyncio

import pytest
from aiokafka import AIOKafkaProducer

from deploy.local.broker import Kafka
from services.kernel.errors import Unavailable
from services.kernel.stream import hearing as law
from services.kernel.stream.faust_hearing import FaustHearing
from services.kernel.stream.hearing import Listener
from tests.kernel.listening import Ear
from tests.kernel.stages import KafkaStage
from tests.kernel.things import ThingMoved, eventually, moved, running, sent

pytestmark = [
    pytest.mark.real,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # of a socket that a broken Faust app leaves open
]

KEYS = "abcdefgh"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(law, "PAUSE_S", 0.01)
    monkeypatch.setattr(law, "LONGEST_PAUSE_S", 0.05)


def hearing(stage: KafkaStage, topic: str, ear: Ear) -> FaustHearing:
    return stage.hearing([Listener(topic=topic, hears={ThingMoved: ear})])


async def say(stage: KafkaStage, topic: str, *versions: int, keys: str = KEYS) -> None:
    """One thing for each key; the keys fall on all partitions."""
    records = [sent(moved(key, n, holder_id=key), topic=topic, version=n) for n in versions for key in keys]
    await stage.bus.publish(records)


def complete(*ears: Ear, upto: int, keys: str = KEYS) -> bool:
    heard = {one for ear in ears for one in ear.heard}
    return heard >= {(key, n) for key in keys for n in range(1, upto + 1)}


class TestStart:
    async def test_waits_for_a_topic_and_then_hears_it(self, kafka_stage: KafkaStage) -> None:
        ear = Ear()
        listening = hearing(kafka_stage, f"{kafka_stage.service}-thing", ear)
        async with running(listening.hear_forever):
            await kafka_stage.topic("other")  # by the time that this is made, it has looked
            topic = await kafka_stage.topic("thing")
            await say(kafka_stage, topic, 1)
            await eventually(lambda: complete(ear, upto=1))

    async def test_is_caught_up_only_after_the_backlog(self, kafka_stage: KafkaStage) -> None:
        topic, ear = await kafka_stage.topic("thing"), Ear()
        ear.always = {"c": Unavailable("away")}
        await say(kafka_stage, topic, 1)
        listening = hearing(kafka_stage, topic, ear)
        watching = hearing(kafka_stage, topic, Ear())
        async with running(listening.hear_forever, watching.watch_forever):
            await eventually(lambda: ear.tries > 5)
            assert not listening.caught_up
            assert not watching.caught_up
            ear.always = {}
            await eventually(lambda: listening.caught_up and watching.caught_up)
            assert complete(ear, upto=1)

    async def test_with_nothing_to_hear_is_caught_up(self, kafka_stage: KafkaStage) -> None:
        listening = hearing(kafka_stage, await kafka_stage.topic("thing"), Ear())
        async with running(listening.hear_forever):
            await eventually(lambda: listening.caught_up)


class TestLanes:
    async def test_in_a_retry_hold_up_no_other_partition(self, kafka_stage: KafkaStage) -> None:
        topic, ear = await kafka_stage.topic("thing"), Ear()
        await say(kafka_stage, topic, 1)
        placed = {one.key: one.partition for one in await kafka_stage.read(topic, len(KEYS))}
        assert len(set(placed.values())) > 1
        others = "".join(key for key in KEYS if placed[key] != placed["a"])
        ear.always = {"a": Unavailable("away")}
        async with running(hearing(kafka_stage, topic, ear).hear_forever):
            await eventually(lambda: complete(ear, upto=1, keys=others))
            await say(kafka_stage, topic, 2)
            await eventually(lambda: complete(ear, upto=2, keys=others))
            assert ear.versions("a") == []
            ear.always = {}
            await eventually(lambda: complete(ear, upto=2))
        assert ear.versions("a") == [1, 2]

    async def test_bury_a_header_and_a_body_that_are_null(self, kafka_stage: KafkaStage) -> None:
        topic, ear = await kafka_stage.topic("thing"), Ear()
        async with AIOKafkaProducer(bootstrap_servers=kafka_stage.bootstrap) as producer:
            await producer.send_and_wait(topic, None, key=b"k", headers=[("ce_type", None)])
        await say(kafka_stage, topic, 1)
        async with running(hearing(kafka_stage, topic, ear).hear_forever):
            await kafka_stage.read(f"{kafka_stage.service}-dead-letter", 1)
            await eventually(lambda: complete(ear, upto=1))


class TestStop:
    async def test_in_the_middle_of_a_retry_loses_nothing(self, kafka_stage: KafkaStage) -> None:
        topic, first, second = await kafka_stage.topic("thing"), Ear(), Ear()
        first.always = {key: Unavailable("away") for key in KEYS[:3]}
        await say(kafka_stage, topic, 1, 2, 3)
        async with running(hearing(kafka_stage, topic, first).hear_forever):
            await eventually(lambda: first.tries > 3)
        async with running(hearing(kafka_stage, topic, second).hear_forever):
            await eventually(lambda: complete(first, second, upto=3))

    async def test_does_not_begin_again_what_was_dealt_with(self, kafka_stage: KafkaStage) -> None:
        topic, first, second = await kafka_stage.topic("thing"), Ear(), Ear()
        await say(kafka_stage, topic, 1)
        listening = hearing(kafka_stage, topic, first)
        async with running(listening.hear_forever):
            await eventually(lambda: complete(first, upto=1) and listening.caught_up)
        async with running(hearing(kafka_stage, topic, second).hear_forever):
            await say(kafka_stage, topic, 2)
            await eventually(lambda: complete(first, second, upto=2))
        assert all(version == 2 for _, version in second.heard)


class TestGroup:
    async def test_of_two_shares_and_takes_over(self, kafka_stage: KafkaStage) -> None:
        topic, first, second = await kafka_stage.topic("thing"), Ear(), Ear()
        version = 1
        async with running(hearing(kafka_stage, topic, first).hear_forever):
            async with running(hearing(kafka_stage, topic, second).hear_forever):
                async with asyncio.timeout(60):
                    while not (first.heard and second.heard):
                        await say(kafka_stage, topic, version)
                        await eventually(lambda: complete(first, second, upto=version))  # noqa: B023 - at once
                        version += 1
            await say(kafka_stage, topic, version)
            await eventually(lambda: complete(first, second, upto=version))


class TestCrash:
    async def test_of_the_app_is_answered_with_a_new_one(self, kafka_stage: KafkaStage) -> None:
        topic, ear = await kafka_stage.topic("thing"), Ear()
        listening = hearing(kafka_stage, topic, ear)
        async with running(listening.hear_forever):
            await say(kafka_stage, topic, 1)
            await eventually(lambda: complete(ear, upto=1))
            app = listening._app  # noqa: SLF001 - what no interface lets one break
            assert app is not None
            await app.crash(RuntimeError("broken by a test"))
            await say(kafka_stage, topic, 2)
            await eventually(lambda: complete(ear, upto=2))

    async def test_of_the_broker_loses_nothing(self, broker: Kafka, breakable_stage: KafkaStage) -> None:
        topic, ear = await breakable_stage.topic("thing"), Ear()
        await say(breakable_stage, topic, 1)
        await broker.kill()
        async with running(hearing(breakable_stage, topic, ear).hear_forever):
            await broker.start()  # it was away when hearing began
            await eventually(lambda: complete(ear, upto=1))
            await broker.kill()
            await broker.start()
            await breakable_stage.bus.close()
            await say(breakable_stage, topic, 2)
            await eventually(lambda: complete(ear, upto=2), within=60)
