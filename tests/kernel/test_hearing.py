"""Law 4: nothing heard is lost."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import pytest

from services.kernel.errors import Unavailable
from services.kernel.event import Event, Heard
from services.kernel.stream import hearing as law
from services.kernel.stream.hearing import Desk, Listener
from services.kernel.telemetry import counters
from tests.kernel.listening import Handler, things
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
