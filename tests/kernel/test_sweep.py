"""Law 2 after a crash: what was left in an outbox is found along its watermark, and nothing is skipped."""

import asyncio

import pytest

from services.kernel import relay as law
from services.kernel.bus import BrokerUnavailable
from services.kernel.lease import Lease
from services.kernel.relay import GRACE, LATE, WATERMARKS
from tests.kernel.processes import Process, Service, said
from tests.kernel.things import THINGS, eventually, make, move, running


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
        mark = await service.store.get(WATERMARKS, THINGS.name)
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
        monkeypatch.setattr(law, "BATCH", 2)
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
