"""Law 4: what cannot be dealt with is kept on the dead-letter topic, with its cause and origin."""

import asyncio

import pytest

from services.kernel.stream import hearing as law
from services.kernel.stream.hearing import TRIES, Desk, Listener
from tests.kernel.listening import Handler, Worn, things
from tests.kernel.things import FlakyBus, ThingMoved, moved, sent, with_headers

DEAD = "play-dead-letter"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(law, "PAUSE_S", 0.001)
    monkeypatch.setattr(law, "LONGEST_PAUSE_S", 0.002)


@pytest.fixture
def bus() -> FlakyBus:
    return FlakyBus()


@pytest.fixture
def handler() -> Handler:
    return Handler()


@pytest.fixture
def at_desk(bus: FlakyBus, handler: Handler) -> Desk:
    return Desk("play", Listener(topic="toys-thing", hears={ThingMoved: handler}), bus)


class TestDeadLetters:
    async def test_tell_cause_and_origin_and_keep_the_rest_as_it_was(
        self, at_desk: Desk, handler: Handler, bus: FlakyBus
    ) -> None:
        handler.always = {"a": Worn("it has no wheel")}
        (heard,) = things("a")
        await at_desk.deal_with([heard])
        (letter,) = bus.topics[DEAD]
        assert (letter.key, letter.value) == (heard.key, heard.value)
        assert letter.headers[: len(heard.headers)] == heard.headers
        assert dict(letter.headers[len(heard.headers) :]) == {
            "dlq_cause": b"worn",
            "dlq_detail": b"it has no wheel",
            "dlq_topic": b"toys-thing",
            "dlq_partition": b"3",
            "dlq_offset": b"7",
        }

    async def test_take_a_refusal_at_its_first_word(self, at_desk: Desk, handler: Handler) -> None:
        handler.always = {"a": Worn("")}
        await at_desk.deal_with(things("a"))
        assert handler.calls == [["a"]]

    async def test_take_any_other_failure_after_three_tries(
        self, at_desk: Desk, handler: Handler, bus: FlakyBus
    ) -> None:
        handler.always = {"a": KeyError("11010519491231002X")}
        await at_desk.deal_with(things("a"))
        assert len(handler.calls) == TRIES == 3
        (letter,) = bus.topics[DEAD]
        assert (letter.header("dlq_cause"), letter.header("dlq_detail")) == ("unexpected", "KeyError")

    async def test_are_spared_a_failure_that_passes(
        self, at_desk: Desk, handler: Handler, bus: FlakyBus
    ) -> None:
        handler.fails = {"a": [KeyError("")] * (TRIES - 1)}
        await at_desk.deal_with(things("a"))
        assert handler.done == ["a"]
        assert not bus.topics[DEAD]

    @pytest.mark.parametrize("failure", [Worn(""), ValueError("")])
    async def test_take_of_a_batch_only_what_is_bad(
        self, at_desk: Desk, handler: Handler, bus: FlakyBus, failure: Exception
    ) -> None:
        handler.always = {"c": failure}
        await at_desk.deal_with(things("a", "b", "c", "d"))
        assert handler.done == ["a", "b", "d"]
        assert [one.header("ce_subject") for one in bus.topics[DEAD]] == ["c"]

    @pytest.mark.parametrize(
        ("changes", "cause"),
        [
            ({"ce_type": "toys.thing.moved.v2"}, "event_version_unknown"),
            ({"ce_type": None}, "event_version_unknown"),
            ({"ce_id": None}, "event_malformed"),
        ],
    )
    async def test_take_what_cannot_be_read(
        self, at_desk: Desk, handler: Handler, bus: FlakyBus, changes: dict[str, str | None], cause: str
    ) -> None:
        await at_desk.deal_with([*things("a"), with_headers(sent(moved("b")), **changes), *things("c")])
        assert handler.done == ["a", "c"]
        assert [one.header("dlq_cause") for one in bus.topics[DEAD]] == [cause]

    async def test_replace_an_older_cause(self, at_desk: Desk, handler: Handler, bus: FlakyBus) -> None:
        handler.always = {"a": Worn("new")}
        await at_desk.deal_with([with_headers(sent(moved("a")), dlq_cause="old", dlq_topic="elsewhere")])
        (letter,) = bus.topics[DEAD]
        assert [name for name, _ in letter.headers if name.startswith("dlq_")].count("dlq_cause") == 1
        assert (letter.header("dlq_cause"), letter.header("dlq_topic")) == ("worn", "toys-thing")

    async def test_are_waited_for_before_anything_is_acknowledged(
        self, at_desk: Desk, handler: Handler, bus: FlakyBus
    ) -> None:
        handler.always = {"a": Worn("")}
        bus.down = True
        dealing = asyncio.ensure_future(at_desk.deal_with(things("a")))
        await asyncio.wait({dealing}, timeout=0.05)
        assert not dealing.done()
        bus.down = False
        await asyncio.wait_for(dealing, 5)
        assert len(bus.topics[DEAD]) == 1
