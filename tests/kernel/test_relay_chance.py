"""Law 2 under any order of writes, late writes, failures, crashes and sweeps: nothing is ever skipped."""

import random
from datetime import datetime, timedelta

import pytest

from services.kernel.errors import Unavailable
from services.kernel.outbox.aggregates import Birth
from services.kernel.outbox.sweep import GRACE, LATE
from tests.kernel.processes import Process, Service, said
from tests.kernel.things import THINGS, HandClock, eventually, make, move, moved, running

STEPS = 150


class LateClock(HandClock):
    """What is written by it lands as much later than the time it carries as a database may pause."""

    def __init__(self, true: HandClock, chance: random.Random) -> None:
        super().__init__()
        self._true, self._chance = true, chance

    def now(self) -> datetime:
        late = self._chance.choice([0.0, 0.0, 1.0, GRACE.seconds, LATE.seconds - 0.001])
        return self._true.now() - timedelta(seconds=late)


class Life:
    """What may happen to a service of three processes."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self.service = Service()
        self.processes = [self._process() for _ in range(3)]
        self.versions: dict[str, int] = {}

    async def step(self) -> None:
        happens = self._chance.choice(
            [
                self.birth,
                self.births,
                self.change,
                self.change,
                self.publish,
                self.crash,
                self.break_off,
                self.sweep,
            ]
        )
        self.service.clock.pass_by(seconds=self._chance.choice([0, 0.001, 1, 6, 30, 61]))
        await happens(self._chance.randrange(3))

    async def birth(self, place: int) -> None:
        thing = f"t{len(self.versions)}"
        await make(self.processes[place].things, thing)
        self.versions[thing] = 1

    async def births(self, place: int) -> None:
        """In bulk: in a lane of their own."""
        things = [f"t{len(self.versions) + number}" for number in range(3)]
        born = [Birth(id=one, state={"n": 1}, emit=[moved(one)]) for one in things]
        await self.processes[place].things.add_many(born)
        self.versions |= dict.fromkeys(things, 1)

    async def change(self, place: int) -> None:
        if self.versions:
            thing = self._chance.choice(list(self.versions))
            await move(self.processes[place].things, thing)
            self.versions[thing] += 1

    async def publish(self, place: int) -> None:
        async with running(self.processes[place].relay.publish_forever):
            await self.processes[place].relay.drained()

    async def break_off(self, place: int) -> None:
        """Crash in the middle of publishing, or between publishing and taking out."""
        bus, store, relay = self.service.bus, self.service.store, self.processes[place].relay
        if not relay.backlog:
            return
        how = self._chance.choice(["before", "half", "after", "answer"])
        if how == "answer":
            store.failures = 1
        else:
            bus.failures = [how]
        async with running(relay.publish_forever):
            await eventually(lambda: not bus.failures and not store.failures)
        await self.crash(place)

    async def crash(self, place: int) -> None:
        self.processes[place] = self._process()

    async def sweep(self, place: int) -> None:
        bus = self.service.bus
        bus.failures = self._chance.choice([[], [], ["half"]])
        try:
            await self.processes[place].relay.sweep(THINGS)
        except Unavailable:
            assert not bus.failures
        bus.failures = []

    def _process(self) -> Process:
        return Process(self.service.store, self.service.bus, LateClock(self.service.clock, self._chance))


@pytest.fixture(params=range(12))
def life(request: pytest.FixtureRequest) -> Life:
    return Life(request.param)


async def test_everything_that_was_written_is_published_in_order(life: Life) -> None:
    for _ in range(STEPS):
        await life.step()
    service = life.service
    service.clock.pass_by(hours=1)
    last = service.process()  # all others have crashed
    for lag in (GRACE, LATE):
        await last.relay.sweep(THINGS, lag=lag)
    heard = service.bus.heard()
    for thing, version in life.versions.items():
        wanted = said(thing, *range(1, version + 1))
        first = list(dict.fromkeys(one for one in heard if one in set(wanted)))
        assert first == wanted
        assert await service.unpublished(thing) == 0
