"""Law 1: state, version and events by one write, or none of them."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from services.kernel.event import Entry, event_id
from services.kernel.outbox.aggregates import (
    BODY_LIMIT,
    OUTBOX_LIMIT,
    Aggregates,
    Birth,
    EventTooLarge,
    Hearsay,
    OutboxFull,
    Stale,
)
from services.kernel.outbox.relay import Relay
from services.kernel.store.documents import Collection, Document, Documents, DuplicateKey
from services.kernel.trace import follow
from tests.kernel.things import NOON, THINGS, HandClock, make, move, moved

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class WakeLog(Relay):
    """Writes down what it is woken with."""

    def __init__(self) -> None:
        self.woken: list[tuple[str, list[str]]] = []

    def wake(
        self, collection: Collection, document_id: str, entries: Sequence[Document], *, bulk: bool = False
    ) -> None:
        self.woken.append((document_id, [one["id"] for one in entries]))


@pytest.fixture(params=["memory_documents", pytest.param("mongo_documents", marks=pytest.mark.real)])
def documents(request: pytest.FixtureRequest) -> Documents:
    kept: Documents = request.getfixturevalue(request.param)
    return kept


@pytest.fixture
def relay() -> WakeLog:
    return WakeLog()


@pytest.fixture
def things(documents: Documents, relay: WakeLog) -> Aggregates:
    return Aggregates(documents, THINGS, relay, HandClock())


def said(thing_id: str, *versions: int) -> list[str]:
    return [event_id(moved(thing_id), version=version) for version in versions]


async def loaded(things: Aggregates, thing_id: str) -> dict[str, Any]:
    found = await things.load(thing_id)
    assert found is not None
    return found


class TestAdd:
    async def test_keeps_state_version_and_events_together(self, things: Aggregates, relay: WakeLog) -> None:
        with follow(TRACE):
            await make(things, "t1")
        kept = await loaded(things, "t1")
        (waiting,) = kept.pop("outbox")
        assert kept == {"_id": "t1", "n": 1, "version": 1, "changed_at": NOON}
        assert Entry(**waiting).traceparent == TRACE
        assert relay.woken == [("t1", said("t1", 1))]

    async def test_refuses_a_second_and_says_nothing_of_it(self, things: Aggregates, relay: WakeLog) -> None:
        await make(things, "t1")
        with pytest.raises(DuplicateKey):
            await make(things, "t1")
        assert relay.woken == [("t1", said("t1", 1))]

    async def test_many_tells_which_were_there_and_speaks_of_the_new_ones(
        self, things: Aggregates, relay: WakeLog
    ) -> None:
        await make(things, "t2")
        births = [Birth(id=one, state={}, emit=[moved(one)]) for one in ("t1", "t2", "t3")]
        assert await things.add_many(births) == {"t2"}
        assert relay.woken[1:] == [("t1", said("t1", 1)), ("t3", said("t3", 1))]


class TestChange:
    async def test_keeps_the_next_version_with_its_events(self, things: Aggregates) -> None:
        await make(things, "t1")
        await move(things, "t1")
        kept = await loaded(things, "t1")
        assert (kept["n"], kept["version"]) == (2, 2)
        assert [one["id"] for one in kept["outbox"]] == said("t1", 1, 2)

    async def test_of_a_version_already_changed_is_stale(self, things: Aggregates, relay: WakeLog) -> None:
        await make(things, "t1")
        mine, theirs = await loaded(things, "t1"), await loaded(things, "t1")
        await things.change(theirs, {"n": 2})
        with pytest.raises(Stale, match="version 1"):
            await things.change(mine, {"n": 3}, emit=[moved("t1", 2)])
        assert (await loaded(things, "t1"))["n"] == 2
        assert said("t1", 2)[0] not in [one for _, ids in relay.woken for one in ids]

    async def test_has_one_winner_of_many_racers(self, things: Aggregates) -> None:
        await make(things, "t1")
        found = await loaded(things, "t1")
        races = (things.change(found, {"n": number}, emit=[moved("t1", 2)]) for number in range(10))
        ends = await asyncio.gather(*races, return_exceptions=True)
        assert sum(end is None for end in ends) == 1
        assert [one["id"] for one in (await loaded(things, "t1"))["outbox"]] == said("t1", 1, 2)

    async def test_of_one_that_was_deleted_is_stale(self, things: Aggregates, documents: Documents) -> None:
        await make(things, "t1")
        found = await loaded(things, "t1")
        await documents.delete(THINGS, "t1")
        with pytest.raises(Stale):
            await things.change(found, {"n": 2})

    async def test_sends_first_what_was_loaded_unpublished(self, things: Aggregates, relay: WakeLog) -> None:
        await make(things, "t1")
        await move(things, "t1")
        assert relay.woken[-1] == ("t1", said("t1", 1, 2))

    async def test_refuses_when_too_many_events_wait(self, things: Aggregates) -> None:
        await make(things, "t1")
        for _ in range(OUTBOX_LIMIT - 1):
            await move(things, "t1")
        with pytest.raises(OutboxFull, match="101"):
            await move(things, "t1")
        assert (await loaded(things, "t1"))["version"] == OUTBOX_LIMIT


class TestAnEvent:
    async def test_that_the_broker_would_refuse_is_never_kept(self, things: Aggregates) -> None:
        huge = Birth(id="t1", state={}, emit=[moved("t1", holder_id="h" * BODY_LIMIT)])
        with pytest.raises(EventTooLarge):
            await things.add(huge)
        assert await things.load("t1") is None


class TestAdvance:
    async def test_speaks_only_of_what_was_newer(self, things: Aggregates, relay: WakeLog) -> None:
        async def hear(version: int) -> frozenset[str]:
            said_so = [moved("t1", version)]
            one = Hearsay(id="t1", heard_version=version, changes={"n": version}, emit=said_so)
            return await things.advance_many([one])

        assert [await hear(version) for version in (1, 3, 2, 3)] == [{"t1"}, {"t1"}, set(), set()]
        # The relay has taken nothing out: what an earlier version said leaves before the later one.
        assert relay.woken == [("t1", said("t1", 1)), ("t1", said("t1", 1, 3))]
        kept = await loaded(things, "t1")
        assert (kept["n"], kept["changed_at"]) == (3, NOON)
        assert [one["id"] for one in kept["outbox"]] == said("t1", 1, 3)
