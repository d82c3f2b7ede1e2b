"""One suite for what brings a service the events it hears; memory and Faust over Kafka both pass it."""

import pytest

from services.kernel.errors import Unavailable
from services.kernel.stream import hearing as law
from services.kernel.stream.hearing import Listener
from tests.kernel.listening import Ear, Worn
from tests.kernel.stages import Stage
from tests.kernel.things import ThingMoved, eventually, moved, running, sent


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(law, "PAUSE_S", 0.01)
    monkeypatch.setattr(law, "LONGEST_PAUSE_S", 0.05)


class TestHearing:
    async def test_hears_from_the_beginning_and_goes_on_in_order(self, stage: Stage) -> None:
        topic, ear = await stage.topic("thing"), Ear()
        records = [
            sent(moved(f"t{key}", n, holder_id=key), topic=topic) for n in range(1, 21) for key in "abcd"
        ]
        await stage.bus.publish(records[:40])
        hearing = stage.hearing([Listener(topic=topic, hears={ThingMoved: ear})])
        async with running(hearing.hear_forever):
            await eventually(lambda: len(ear.heard) >= 40)
            await stage.bus.publish(records[40:])
            await eventually(lambda: len(ear.heard) >= 80)
        for key in "abcd":
            assert ear.versions(f"t{key}") == list(range(1, 21))

    async def test_buries_poison_and_goes_on(self, stage: Stage) -> None:
        topic, ear = await stage.topic("thing"), Ear()
        ear.always = {"bad": Worn("it has no wheel")}
        names = ("a", "bad", "b")
        await stage.bus.publish([sent(moved(name, holder_id="h"), topic=topic) for name in names])
        hearing = stage.hearing([Listener(topic=topic, hears={ThingMoved: ear})])
        async with running(hearing.hear_forever):
            (letter,) = await stage.read(f"{stage.service}-dead-letter", 1)
            await eventually(lambda: ear.names() == ["a", "b"])
        assert (letter.header("ce_subject"), letter.header("dlq_cause")) == ("bad", "worn")
        assert (letter.header("dlq_topic"), letter.header("dlq_offset")) == (topic, "1")

    async def test_in_a_retry_holds_up_no_other_topic(self, stage: Stage) -> None:
        first, second = await stage.topic("thing"), await stage.topic("other")
        held, free = Ear(), Ear()
        held.always = {"a": Unavailable("away")}
        hearing = stage.hearing(
            [
                Listener(topic=first, hears={ThingMoved: held}),
                Listener(topic=second, hears={ThingMoved: free}),
            ]
        )
        async with running(hearing.hear_forever):
            await stage.bus.publish([sent(moved("a"), topic=first), sent(moved("b"), topic=first)])
            await eventually(lambda: held.tries > 1)
            await stage.bus.publish([sent(moved("c"), topic=second)])
            await eventually(lambda: free.names() == ["c"])
            assert held.heard == []
            held.always = {}
            await eventually(lambda: held.names() == ["a", "b"])
