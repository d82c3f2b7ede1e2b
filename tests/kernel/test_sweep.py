"""Law 2 after a crash: what was left in an outbox is found along its watermark, and nothing is skipped."""

import asyncio
import random
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.kernel.outbox import sweep as law
from services.kernel.outbox.aggregates import Birth
from services.kernel.outbox.relay import Relay
from services.kernel.outbox.sweep import GRACE, LATE, LEASE_S, LEAST_SPAN, SHARES, WATERMARKS, Sweep
from services.kernel.store.documents import Collection, DatabaseUnavailable, Document
from services.kernel.store.lease import Lease
from services.kernel.stream.bus import BrokerUnavailable
from tests.kernel.processes import Process, Service, Store, said
from tests.kernel.things import THINGS, HandClock, eventually, make, move, moved, running


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def one(service: Service) -> Process:
    return service.process()


@pytest.fixture
def other(service: Service) -> Process:
    return service.process()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(law, "SWEEP_EVERY_S", 0.001)


class TestSweep:
    async def test_publishes_what_a_crash_left(self, service: Service, one: Process, other: Process) -> None:
        await make(one.things, "t1")
        await move(one.things, "t1")  # and crashes before anything was published
        service.clock.pass_by(seconds=GRACE.seconds + 1)
        async with running(other.relay.sweep_forever):
            await eventually(lambda: bool(service.bus.heard()))
        assert service.bus.heard() == said("t1", 1, 2)
        assert await service.unpublished("t1") == 0

    async def test_repeats_what_a_crash_left_published_in_the_outbox(
        self, service: Service, one: Process, other: Process
    ) -> None:
        service.store.failures = 1
        async with running(one.relay.publish_forever):
            await make(one.things, "t1")
            await eventually(
                lambda: not service.store.failures
            )  # and crashes between publishing and taking out
        service.clock.pass_by(seconds=GRACE.seconds + 1)
        await other.relay.sweep(THINGS)
        assert service.bus.heard() == said("t1", 1, 1)
        assert await other.relay.sweep(THINGS) == 0

    async def test_leaves_alone_what_is_young(self, service: Service, one: Process, other: Process) -> None:
        await make(one.things, "t1")
        service.clock.pass_by(seconds=GRACE.seconds)
        assert await other.relay.sweep(THINGS) == 0

    async def test_leaves_alone_what_this_process_will_publish(self, service: Service, one: Process) -> None:
        await make(one.things, "t1")
        service.clock.pass_by(hours=1)
        assert await one.relay.sweep(THINGS) == 0
        mark = await service.store.get(WATERMARKS, f"{THINGS.name}:{GRACE.seconds}")
        assert mark is not None
        assert mark["until"] < service.clock.now() - LATE  # so that it is swept should this process crash now
        assert service.bus.heard() == []

    async def test_keeps_its_place_when_the_bus_fails(
        self, service: Service, one: Process, other: Process
    ) -> None:
        await make(one.things, "t1")
        service.clock.pass_by(hours=1)
        service.bus.failures = ["before"]
        with pytest.raises(BrokerUnavailable):
            await other.relay.sweep(THINGS)
        assert await other.relay.sweep(THINGS) == 1

    async def test_goes_on_page_by_page_without_a_pause(
        self, service: Service, one: Process, other: Process, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(law, "PAGE", 2)
        monkeypatch.setattr(law, "SWEEP_EVERY_S", 3600)
        for number in range(7):  # all in the same millisecond
            await make(one.things, f"t{number}")
        service.clock.pass_by(hours=1)
        async with running(other.relay.sweep_forever):
            await eventually(lambda: len(service.bus.heard()) == 7)

    async def test_is_the_work_of_one_process_at_a_time(
        self, service: Service, one: Process, other: Process
    ) -> None:
        await Lease(service.store, service.clock).hold("relay-sweep", seconds=60)
        await make(one.things, "t1")
        service.clock.pass_by(seconds=GRACE.seconds + 1)
        async with running(other.relay.sweep_forever):
            await asyncio.gather(*(asyncio.sleep(0) for _ in range(100)))
            assert service.bus.heard() == []
            service.clock.pass_by(seconds=60)
            await eventually(lambda: service.bus.heard() == said("t1", 1))

    async def test_finds_a_write_that_landed_long_after_the_time_it_carries(
        self, service: Service, one: Process, other: Process
    ) -> None:
        began = service.clock.now()
        service.clock.pass_by(seconds=LATE.seconds - 1)
        await other.relay.sweep(THINGS)  # has passed the time that the write carries
        late = Birth(id="late", state={"n": 1}, emit=[moved("late")])
        await one.land(late, carrying=began)
        await other.relay.sweep(THINGS)
        assert service.bus.heard() == []
        service.clock.pass_by(seconds=2)
        await other.relay.sweep(THINGS, lag=LATE)
        assert service.bus.heard() == said("late", 1)

    @pytest.mark.parametrize("seed", range(20))
    async def test_skips_nothing_whatever_happens_in_whatever_order(
        self, service: Service, seed: int
    ) -> None:
        chance, made = random.Random(seed), 0
        processes = [service.process() for _ in range(3)]
        for _ in range(150):
            process = chance.choice(processes)
            match chance.choice(["write", "late", "sweep", "sweep", "publish", "crash", "time"]):
                case "write":
                    made += 1
                    await make(process.things, f"t{made}")
                case "late":
                    made += 1
                    birth = Birth(id=f"t{made}", state={}, emit=[moved(f"t{made}")])
                    behind = timedelta(seconds=chance.randrange(LATE.seconds))
                    await process.land(birth, carrying=service.clock.now() - behind)
                case "sweep":
                    await process.relay.sweep(THINGS, lag=chance.choice([GRACE, LATE]))
                case "publish":
                    async with running(process.relay.publish_forever):
                        await process.relay.drained()
                case "crash":
                    processes[processes.index(process)] = service.process()
                case _:
                    service.clock.pass_by(seconds=chance.expovariate(1 / 20))
        last = service.process()
        service.clock.pass_by(seconds=LATE.seconds + LEASE_S + 1)
        await last.relay.sweep(THINGS, lag=GRACE)
        await last.relay.sweep(THINGS, lag=LATE)
        assert set(service.bus.heard()) == {name for n in range(made) for name in said(f"t{n + 1}", 1)}


class Broken:
    """Gives no answer about one collection."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - stands for any method
        method = getattr(self._store, name)

        async def call(collection: Collection, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - the same
            if collection.name == "broken":
                raise DatabaseUnavailable("no answer in time")
            return await method(collection, *arguments, **named)

        return call


class Slow(Store):
    """Takes so long for each look, and notes how much time it looked through; over `most` it gives up."""

    def __init__(self) -> None:
        super().__init__()
        self.took, self.at, self.spans = 0.0, 0.0, list[timedelta]()
        self.most = timedelta.max

    async def unpublished(
        self, collection: Collection, *, since: datetime, before: datetime, limit: int
    ) -> list[Document]:
        self.spans.append(before - since)
        self.at += self.took
        if before - since > self.most:
            raise DatabaseUnavailable("no answer in time")
        return await super().unpublished(collection, since=since, before=before, limit=limit)


def pacing(store: Slow, clock: HandClock) -> Sweep:
    """A sweep that finds nothing, of one collection."""

    async def nobody(found: object) -> None:
        raise AssertionError(found)

    lease = Lease(store, clock)
    return Sweep(store, lease, clock, [THINGS], is_ours=bool, carry=nobody, monotonic=lambda: store.at)


class TestPace:
    async def test_looks_through_less_at_a_time_where_a_look_takes_long(self) -> None:
        """An engine that reads all that changed lets nobody else in meanwhile."""
        store, clock = Slow(), HandClock()
        sweep = pacing(store, clock)
        await sweep.once(THINGS)
        assert 10 < len(store.spans) < 40, "six years, neither in one go nor second by second"
        for took, longest in ((0.05, LEAST_SPAN), (0.0, timedelta(seconds=20))):
            store.took = took
            for _ in range(8):
                store.spans.clear()
                clock.pass_by(seconds=20)
                await sweep.once(THINGS)
            assert max(store.spans) == longest

    async def test_gets_through_however_slow_the_engine_is(self) -> None:
        store, clock = Slow(), HandClock()
        store.took = 1.0
        sweep = pacing(store, clock)
        await sweep.once(THINGS)
        clock.pass_by(days=30)
        store.spans.clear()
        await sweep.once(THINGS)
        assert len(store.spans) < 20 * SHARES

    async def test_gets_through_an_engine_that_cannot_read_so_much_in_time(self) -> None:
        """Else each try would ask for as much again, and more."""
        store, clock = Slow(), HandClock()
        store.most = timedelta(days=3)
        sweep = pacing(store, clock)
        tries = 0
        while True:
            tries += 1
            try:
                await sweep.once(THINGS)
            except DatabaseUnavailable:
                continue
            if store.spans[-1] < store.most and tries > 1:
                break
        mark = await store.get(WATERMARKS, f"{THINGS.name}:{GRACE.seconds}")
        assert mark is not None
        assert mark["until"] == clock.now() - GRACE

    async def test_carries_any_number_of_leftovers_of_a_quick_engine(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(law, "PAGE", 2)
        service = Service()
        writer, other = service.process(), service.process()
        for number in range(120):
            await make(writer.things, f"t{number}")
            service.clock.pass_by(seconds=1)
        service.clock.pass_by(hours=1)
        assert await other.relay.sweep(THINGS) == 120

    async def test_of_one_collection_does_not_hold_up_the_others(self) -> None:
        service = Service()
        await make(service.process().things, "t1")
        service.clock.pass_by(hours=1)
        broken = Collection(name="broken")
        relay = Relay(
            Broken(service.store),
            service.bus,
            Lease(service.store, service.clock),
            service.clock,
            [broken, THINGS],
        )
        async with running(relay.sweep_forever):
            await eventually(lambda: service.bus.heard() == said("t1", 1))
