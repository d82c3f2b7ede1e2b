"""Dead letters are dealt with again, each once a run, and none is lost by it."""

from dataclasses import replace

import pytest

from services.kernel.event import Record
from services.kernel.stream import hearing as law
from services.kernel.stream.hearing import Desk, Listener
from services.kernel.stream.redrive import redrive
from tests.kernel.listening import Ear, Worn
from tests.kernel.stages import KafkaStage
from tests.kernel.things import ThingMoved, moved, sent, with_headers

pytestmark = pytest.mark.real

NAMES = [f"t{number}" for number in range(12)]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(law, "PAUSE_S", 0.01)


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
async def topic(kafka_stage: KafkaStage) -> str:
    return await kafka_stage.topic("thing")


@pytest.fixture
def listener(topic: str, ear: Ear) -> Listener:
    return Listener(topic=topic, hears={ThingMoved: ear})


@pytest.fixture
async def buried(kafka_stage: KafkaStage, topic: str, listener: Listener, ear: Ear) -> list[Record]:
    """All of them refused at first, as they were heard; their keys fall on all partitions."""
    records = [
        replace(sent(moved(name, holder_id=name), topic=topic), offset=place)
        for place, name in enumerate(NAMES)
    ]
    ear.always = {name: Worn("no wheel yet") for name in NAMES}
    await Desk(kafka_stage.service, listener, kafka_stage.bus).deal_with(records)
    ear.always = {}
    return records


async def again(stage: KafkaStage, *listeners: Listener) -> tuple[int, int]:
    """How many letters there were, and how many of them were refused again."""
    done = await redrive(stage.service, listeners, bootstrap=stage.bootstrap, bus=stage.bus)
    return done.letters, done.refused


@pytest.mark.usefixtures("buried")
class TestRedrive:
    async def test_deals_with_each_once(self, kafka_stage: KafkaStage, listener: Listener, ear: Ear) -> None:
        assert await again(kafka_stage, listener) == (len(NAMES), 0)
        assert sorted(ear.names()) == sorted(NAMES)
        assert await again(kafka_stage, listener) == (0, 0)
        assert len(ear.heard) == len(NAMES)

    async def test_buries_once_more_what_fails_again_and_finds_it_the_next_time(
        self, kafka_stage: KafkaStage, listener: Listener, ear: Ear
    ) -> None:
        ear.always = {name: Worn("still no wheel") for name in NAMES[:5]}
        assert await again(kafka_stage, listener) == (len(NAMES), 5)
        letters = await kafka_stage.read(f"{kafka_stage.service}-dead-letter", len(NAMES) + 5)
        newest = [one for one in letters if one.header("dlq_detail") == "still no wheel"]
        assert sorted(one.header("ce_subject") for one in newest) == sorted(NAMES[:5])
        assert {one.header("dlq_topic") for one in newest} == {listener.topic}
        ear.always = {}
        assert await again(kafka_stage, listener) == (5, 0)
        assert sorted(ear.names()) == sorted(NAMES)
        assert await again(kafka_stage, listener) == (0, 0)

    async def test_keeps_a_letter_of_a_topic_that_nothing_hears_any_more(
        self, kafka_stage: KafkaStage, topic: str, listener: Listener, ear: Ear
    ) -> None:
        odd = with_headers(sent(moved("odd")), dlq_topic="gone", dlq_cause="worn")
        await kafka_stage.bus.publish([replace(odd, topic=f"{kafka_stage.service}-dead-letter")])
        assert await again(kafka_stage, listener) == (len(NAMES) + 1, 0)
        assert sorted(ear.names()) == sorted(NAMES)
        assert await again(kafka_stage, replace_topic(listener, "gone")) == (1, 0)
        assert ear.names()[-1] == "odd"


def replace_topic(listener: Listener, topic: str) -> Listener:
    return Listener(topic=topic, hears=listener.hears)
