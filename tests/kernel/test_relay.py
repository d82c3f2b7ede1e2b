"""Law 2: what an outbox holds is published after the write, in order, at least once."""

import asyncio
from collections.abc import Sequence

import pytest

from services.kernel.outbox import relay as law
from services.kernel.outbox.aggregates import Aggregates, Birth
from services.kernel.outbox.sweep import GRACE
from services.kernel.store.documents import Collection
from tests.kernel.processes import Process, Service, said
from tests.kernel.things import THINGS, make, move, moved, running


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def one(service: Service) -> Process:
    return service.process()


@pytest.fixture
def other(service: Service) -> Process:
    return service.process()


def first_times(ids: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(ids))


class TestPublishing:
    async def test_empties_the_outbox_and_leaves_the_version(self, service: Service, one: Process) -> None:
        async with running(one.relay.publish_forever):
            await make(one.things, "t1")
            await one.relay.drained()
        assert service.bus.heard() == said("t1", 1)
        kept = await service.store.get(THINGS, "t1")
        assert kept is not None
        assert (kept["outbox"], kept["version"]) == ([], 1)

    async def test_of_a_failing_bus_loses_nothing_and_keeps_order(
        self, service: Service, one: Process
    ) -> None:
        service.bus.failures = ["before", "half", "after", "half"]
        async with running(one.relay.publish_forever):
            for thing in ("t1", "t2"):
                await make(one.things, thing)
            for _ in range(3):
                for thing in ("t1", "t2"):
                    await move(one.things, thing)
            await one.relay.drained()
        for thing in ("t1", "t2"):
            mine = [heard for heard in service.bus.heard() if heard in said(thing, 1, 2, 3, 4)]
            assert first_times(mine) == said(thing, 1, 2, 3, 4)
            assert await service.unpublished(thing) == 0

    async def test_lets_what_came_by_itself_go_before_what_came_in_bulk(
        self, service: Service, one: Process, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A bulk import delays no revocation; and nothing overtakes what its own aggregate said before."""
        monkeypatch.setattr(law, "BATCH", 2)
        await make(one.things, "old")
        async with running(one.relay.publish_forever):
            await one.relay.drained()
        bulk = [f"b{number}" for number in range(4)]
        births = [Birth(id=name, state={"n": 1}, emit=[moved(name, holder_id="h")]) for name in bulk]
        await one.things.add_many(births)
        await move(one.things, "old")
        await move(one.things, "b3")
        await move(one.things, "b3")
        await move(one.things, "old")
        async with running(one.relay.publish_forever):
            await one.relay.drained()
        others = [heard for name in bulk for heard in said(name, 1)]
        assert service.bus.heard() == [*said("old", 1, 2, 3), *others, *said("b3", 2, 3)]

    async def test_takes_the_same_fact_out_of_each_document_that_says_it(
        self, service: Service, one: Process
    ) -> None:
        """Once to some and once to all: one id, in two collections, and the second is not dropped."""
        again = Collection.of_aggregates("repeats")
        repeats = Aggregates(service.store, again, one.relay, service.clock)
        await make(one.things, "t1")
        await repeats.add(Birth(id="t1", state={}, emit=[moved("t1")]))
        async with running(one.relay.publish_forever):
            await one.relay.drained()
        assert service.bus.heard() == said("t1", 1) * 2
        for collection in (THINGS, again):
            kept = await service.store.get(collection, "t1")
            assert kept is not None
            assert kept["outbox"] == []

    async def test_says_nothing_twice_without_a_failure(self, service: Service, one: Process) -> None:
        await make(one.things, "t1")
        for _ in range(3):  # each loads what waits, and hands it over once more
            await move(one.things, "t1")
        assert one.relay.backlog == 4
        async with running(one.relay.publish_forever):
            await one.relay.drained()
        assert service.bus.heard() == said("t1", 1, 2, 3, 4)

    async def test_repeats_when_the_outbox_could_not_be_emptied(self, service: Service, one: Process) -> None:
        service.store.failures = 2
        async with running(one.relay.publish_forever):
            await make(one.things, "t1")
            await one.relay.drained()
        assert service.bus.heard() == said("t1", 1, 1, 1)
        assert await service.unpublished("t1") == 0

    async def test_sends_first_what_another_process_left_behind(
        self, service: Service, one: Process, other: Process
    ) -> None:
        await make(one.things, "t1")  # and crashes
        async with running(other.relay.publish_forever):
            await move(other.things, "t1")
            await other.relay.drained()
        assert service.bus.heard() == said("t1", 1, 2)


class TestBacklog:
    @pytest.fixture(autouse=True)
    def small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(law, "BACKLOG_LIMIT", 3)
        monkeypatch.setattr(law, "BACKLOG_ROOM", 2)

    async def test_is_bounded_and_what_is_beyond_it_is_swept(self, service: Service, one: Process) -> None:
        things = [f"t{number}" for number in range(6)]
        for thing in things:
            await make(one.things, thing)
        assert one.relay.backlog == 3
        async with running(one.relay.publish_forever):
            await one.relay.drained()
        service.clock.pass_by(seconds=GRACE.seconds + 1)
        assert await one.relay.sweep(THINGS) == 3
        assert sorted(service.bus.heard()) == sorted(id_ for thing in things for id_ in said(thing, 1))

    async def test_has_room_again_when_it_is_small(self, service: Service, one: Process) -> None:
        await make(one.things, "t1")
        await asyncio.wait_for(one.relay.room(), 5)
        await make(one.things, "t2")
        waiting = asyncio.ensure_future(one.relay.room())
        drained = asyncio.ensure_future(one.relay.drained())
        await asyncio.sleep(0)
        assert not waiting.done()
        assert not drained.done()
        async with running(one.relay.publish_forever):
            await asyncio.wait_for(asyncio.gather(waiting, drained), 5)
