"""Law 4: nothing heard is lost."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from services.kernel import hearing as law
from services.kernel.errors import Conflict, Unavailable
from services.kernel.event import Event, Heard, Record
from services.kernel.hearing import TRIES, Desk, Listener
from services.kernel.telemetry import counters
from services.kernel.trace import traceparent
from tests.kernel.things import (
    FlakyBus,
    ThingBroken,
    ThingMoved,
    eventually,
    moved,
    running,
    sent,
    with_headers,
)

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
DEAD = "play-dead-letter"


class Worn(Conflict):
    code = "worn"


@dataclass
class Handler:
    """Keeps what it was given, and fails as told: what an aggregate's id raises, and how often."""

    fails: dict[str, list[Exception]] = field(default_factory=dict)
    always: dict[str, Exception] = field(default_factory=dict)
    calls: list[list[str]] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)

    async def __call__(self, batch: Sequence[Heard[Any]]) -> None:
        names = [one.subject for one in batch]
        self.calls.append(names)
        self.traces.append(traceparent())
        for name in names:
            if name in self.always:
                raise self.always[name]
            if self.fails.get(name):
                raise self.fails[name].pop(0)
        self.done += names


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


def desk(bus: FlakyBus, hears: Mapping[type[Event], law.Handler]) -> Desk:
    return Desk("play", Listener(topic="toys-thing", hears=hears), bus)


@pytest.fixture
def at_desk(bus: FlakyBus, handler: Handler) -> Desk:
    return desk(bus, {ThingMoved: handler})


def things(*names: str) -> list[Record]:
    return [replace(sent(moved(name)), partition=3, offset=7 + place) for place, name in enumerate(names)]


class TestHandling:
    async def test_gives_a_batch_as_one(self, at_desk: Desk, handler: Handler) -> None:
        await at_desk.deal_with(things("a", "b", "c"))
        assert handler.calls == [["a", "b", "c"]]

    async def test_keeps_order_between_types(self, bus: FlakyBus) -> None:
        heard: list[tuple[str, list[str]]] = []

        def writes(name: str) -> Callable[[Sequence[Heard[Any]]], Awaitable[None]]:
            async def handle(batch: Sequence[Heard[Any]]) -> None:
                heard.append((name, [one.subject for one in batch]))

            return handle

        both = desk(bus, {ThingMoved: writes("moved"), ThingBroken: writes("broken")})
        broken = sent(ThingBroken(thing_id="b", version=2))
        await both.deal_with([*things("a", "b"), broken, *things("c")])
        assert heard == [("moved", ["a", "b"]), ("broken", ["b"]), ("moved", ["c"])]

    async def test_works_under_the_trace_of_what_it_hears(self, at_desk: Desk, handler: Handler) -> None:
        await at_desk.deal_with([with_headers(sent(moved("a")), traceparent=TRACE)])
        assert handler.traces == [TRACE]

    async def test_skips_and_counts_a_type_it_does_not_hear(
        self, at_desk: Desk, handler: Handler, bus: FlakyBus
    ) -> None:
        before = counters().get("events_skipped", 0)
        await at_desk.deal_with([sent(ThingBroken(thing_id="x", version=1)), *things("a")])
        assert handler.done == ["a"]
        assert counters()["events_skipped"] == before + 1
        assert not bus.topics[DEAD]


class TestWaiting:
    async def test_goes_on_until_what_is_needed_answers(self, at_desk: Desk, handler: Handler) -> None:
        handler.fails = {"b": [Unavailable("away")] * 20}
        await at_desk.deal_with(things("a", "b", "c"))
        assert handler.done == ["a", "b", "c"]
        assert len(handler.calls) == 21

    async def test_is_not_cut_short_by_a_failure_of_another_kind(
        self, at_desk: Desk, handler: Handler, bus: FlakyBus
    ) -> None:
        handler.fails = {"a": [Unavailable(""), KeyError(""), Unavailable(""), KeyError(""), Unavailable("")]}
        await at_desk.deal_with(things("a"))
        assert handler.done == ["a"]
        assert not bus.topics[DEAD]

    async def test_ends_when_it_is_cancelled_and_buries_nothing(
        self, at_desk: Desk, handler: Handler, bus: FlakyBus
    ) -> None:
        handler.always = {"a": Unavailable("away")}
        async with running(lambda: at_desk.deal_with(things("a"))):
            await eventually(lambda: len(handler.calls) > 3)
        assert not bus.topics[DEAD]


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
