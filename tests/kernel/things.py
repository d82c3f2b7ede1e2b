"""What the tests of the kernel talk about: one made-up service whose aggregates are things."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from deploy.local.waiting import until
from services.kernel.event import Event, Record, entry, record
from services.kernel.outbox.aggregates import Aggregates, Birth
from services.kernel.store.documents import Collection
from services.kernel.stream.bus import BrokerUnavailable
from services.kernel.stream.memory_bus import MemoryBus

NOON = datetime(2026, 11, 23, 4, 0, 0, 125_000, tzinfo=UTC)
THINGS = Collection.of_aggregates("things")


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingMoved(Event):
    type: ClassVar[str] = "toys.thing.moved.v1"
    subject_field: ClassVar[str] = "thing_id"
    key_field: ClassVar[str] = "holder_id"

    thing_id: str
    version: int
    holder_id: str = "h"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingBroken(Event):
    type: ClassVar[str] = "toys.thing.broken.v1"
    subject_field: ClassVar[str] = "thing_id"
    key_field: ClassVar[str] = "holder_id"

    thing_id: str
    version: int
    holder_id: str = "h"


class HandClock:
    """Goes only as far as a test moves it."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at

    def new_id(self) -> str:
        return uuid.uuid4().hex

    def pass_by(self, **time: float) -> None:
        self.at += timedelta(**time)


class FlakyBus(MemoryBus):
    """Fails as often as it is told to: before a publication, or after it (`half`: in the middle)."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: list[str] = []

    async def publish(self, records: Sequence[Record]) -> None:
        how = self.failures.pop(0) if self.failures else ""
        taken = {"before": 0, "half": len(records) // 2}.get(how, len(records))
        await super().publish(records[:taken])
        if how:
            raise BrokerUnavailable(f"told to fail {how}")

    def heard(self, topic: str = "toys-thing") -> list[str]:
        return [one.header("ce_id") for one in self.topics[topic]]


def moved(thing_id: str, version: int = 1, **fields: str) -> ThingMoved:
    return ThingMoved(thing_id=thing_id, version=version, **fields)


def sent(event: Event, *, topic: str = "", version: int = 1) -> Record:
    """The record of an event, on another topic if so told."""
    made = record(entry(event, version=version, at=NOON))
    return Record(topic=topic or made.topic, key=made.key, headers=made.headers, value=made.value)


def with_headers(given: Record, **changes: str | None) -> Record:
    """None takes a header away; `_` stands for `-`."""
    headers = {name: value.decode() for name, value in given.headers}
    for name, value in changes.items():
        headers.pop(name, None)
        if value is not None:
            headers[name] = value
    kept = tuple((name, value.encode()) for name, value in headers.items())
    return Record(topic=given.topic, key=given.key, headers=kept, value=given.value)


async def eventually(condition: Callable[[], bool], *, within: float = 30.0) -> None:
    """Return as soon as it holds; the bound only ends a test that has failed."""

    async def holds() -> bool:
        await asyncio.sleep(0)
        return condition()

    assert await until(holds, within=within), "it did not come about"


async def make(things: Aggregates, thing_id: str, *, holder_id: str = "h") -> None:
    await things.add(Birth(id=thing_id, state={"n": 1}, emit=[moved(thing_id, holder_id=holder_id)]))


async def move(things: Aggregates, thing_id: str) -> None:
    """Its next version, with its event."""
    loaded = await things.load(thing_id)
    assert loaded is not None
    version = loaded["version"] + 1
    await things.change(loaded, {"n": version}, emit=[moved(thing_id, version)])


@asynccontextmanager
async def running(*work: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Run something in the background, and cancel it at the end as a stop would."""
    tasks = [asyncio.ensure_future(one()) for one in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
    failed = [end for end in ends if isinstance(end, Exception)]
    if failed:
        raise ExceptionGroup("what ran in the background", failed)
