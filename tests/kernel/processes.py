"""Processes of one service, which share a store and a bus and nothing else."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.kernel.event import event_id
from services.kernel.outbox.aggregates import Aggregates, Birth
from services.kernel.outbox.relay import Relay
from services.kernel.store.documents import Collection, DatabaseUnavailable
from services.kernel.store.lease import Lease
from services.kernel.store.memory import MemoryDocuments
from tests.kernel.things import THINGS, FlakyBus, HandClock, moved


class Store(MemoryDocuments):
    """Loses its answer to an `unload` as often as it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.failures = 0

    async def unload(self, collection: Collection, published: Mapping[str, Sequence[str]]) -> None:
        if self.failures:
            self.failures -= 1
            raise DatabaseUnavailable("told to fail")
        await super().unload(collection, published)


class Process:
    """One process of a service: what it has in memory is gone with it."""

    def __init__(self, store: MemoryDocuments, bus: FlakyBus, clock: HandClock) -> None:
        self.relay = Relay(store, bus, Lease(store, clock), clock, [THINGS])
        self.things = Aggregates(store, THINGS, self.relay, clock)
        self._store, self._bus = store, bus

    async def land(self, birth: Birth, *, carrying: datetime) -> None:
        """A write that its process gave up on happens after all, with the time that it set out with."""
        clock = HandClock()
        clock.at = carrying
        nobody = Relay(self._store, self._bus, Lease(self._store, clock), clock, [])
        await Aggregates(self._store, THINGS, nobody, clock).add(birth)


class Service:
    """What its processes share."""

    def __init__(self) -> None:
        self.store = Store()
        self.bus = FlakyBus()
        self.clock = HandClock()

    def process(self) -> Process:
        return Process(self.store, self.bus, self.clock)

    async def unpublished(self, thing_id: str) -> int:
        found = await self.store.get(THINGS, thing_id)
        assert found is not None
        return len(found["outbox"])


def said(thing_id: str, *versions: int) -> list[str]:
    """The ids of a thing's events."""
    return [event_id(moved(thing_id), version=version) for version in versions]
