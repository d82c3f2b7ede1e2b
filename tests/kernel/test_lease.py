"""Law 9: work by the clock has one owner at a time."""

import asyncio

import pytest

from services.kernel.store.documents import Documents
from services.kernel.store.lease import Lease
from tests.kernel.things import HandClock


@pytest.fixture(params=["memory_documents", pytest.param("mongo_documents", marks=pytest.mark.real)])
def documents(request: pytest.FixtureRequest) -> Documents:
    kept: Documents = request.getfixturevalue(request.param)
    return kept


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def one(documents: Documents, clock: HandClock) -> Lease:
    return Lease(documents, clock)


@pytest.fixture
def other(documents: Documents, clock: HandClock) -> Lease:
    return Lease(documents, clock)


class TestLease:
    async def test_is_held_by_one_of_two(self, one: Lease, other: Lease) -> None:
        assert await one.hold("sweep", seconds=10)
        assert not await other.hold("sweep", seconds=10)

    async def test_of_another_work_is_another_lease(self, one: Lease, other: Lease) -> None:
        assert await one.hold("sweep", seconds=10)
        assert await other.hold("remind", seconds=10)

    async def test_is_renewed_by_its_holder(self, one: Lease, other: Lease, clock: HandClock) -> None:
        await one.hold("sweep", seconds=10)
        clock.pass_by(seconds=9)
        assert await one.hold("sweep", seconds=10)
        clock.pass_by(seconds=9)
        assert not await other.hold("sweep", seconds=10)

    async def test_is_taken_over_when_it_has_ended(self, one: Lease, other: Lease, clock: HandClock) -> None:
        await one.hold("sweep", seconds=10)
        clock.pass_by(seconds=10)
        assert await other.hold("sweep", seconds=10)
        assert not await one.hold("sweep", seconds=10)

    async def test_is_free_at_once_when_released(self, one: Lease, other: Lease) -> None:
        await one.hold("sweep", seconds=10)
        await one.release("sweep")
        assert await other.hold("sweep", seconds=10)

    async def test_is_not_released_by_another(self, one: Lease, other: Lease) -> None:
        await one.hold("sweep", seconds=10)
        await other.release("sweep")
        await other.release("nothing")
        assert not await other.hold("sweep", seconds=10)

    async def test_has_one_winner_of_many_racers(self, documents: Documents, clock: HandClock) -> None:
        racers = [Lease(documents, clock) for _ in range(10)]
        for _ in range(3):  # the first time it is made, then it is taken over
            clock.pass_by(seconds=60)
            assert sum(await asyncio.gather(*(racer.hold("sweep", seconds=10) for racer in racers))) == 1
