"""Bus and hearing inside one process: for the fast half of the tests, beside the suite that Kafka passes."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import replace

from services.kernel.event import Record
from services.kernel.stream.bus import BrokerUnavailable
from services.kernel.stream.hearing import Desk, Listener

_LOOK_S = 0.2


class MemoryBus:
    """Keeps every topic as one list, for all services of one world."""

    def __init__(self) -> None:
        self.topics: dict[str, list[Record]] = defaultdict(list)
        self.down = False
        self.grown = asyncio.Condition()

    async def publish(self, records: Sequence[Record]) -> None:
        """Append in order."""
        if self.down:
            raise BrokerUnavailable("the bus was taken down by a test")
        for one in records:
            topic = self.topics[one.topic]
            topic.append(replace(one, offset=len(topic)))
        async with self.grown:
            self.grown.notify_all()


class MemoryHearing:
    """Hears the listeners' topics from their beginning, each in one lane."""

    caught_up = True

    def __init__(self, service: str, listeners: Sequence[Listener], *, bus: MemoryBus) -> None:
        self._service = service
        self._listeners = listeners
        self._bus = bus

    async def hear_forever(self) -> None:
        """One lane a topic."""
        async with asyncio.TaskGroup() as lanes:
            for listener in self._listeners:
                lanes.create_task(self._hear(listener))

    async def watch_forever(self) -> None:
        """Nothing to learn: caught up from the start."""
        await asyncio.Event().wait()

    async def _hear(self, listener: Listener) -> None:
        desk = Desk(self._service, listener, self._bus)
        topic = self._bus.topics[listener.topic]
        done = 0
        while True:
            async with self._bus.grown:
                await self._bus.grown.wait_for(lambda: len(topic) > done)  # noqa: B023 - read at once
            batch = topic[done:]
            await desk.deal_with(batch)
            done += len(batch)


class MemoryTail:
    """Follows a memory bus; while that is down, nothing is known of it."""

    def __init__(self, bus: MemoryBus) -> None:
        self._bus = bus

    def now(self) -> float:
        """Of this process."""
        return time.monotonic()

    async def follow(self, listeners: Sequence[Listener]) -> AsyncIterator[float]:
        """From the beginning of each topic."""
        done = dict.fromkeys((one.topic for one in listeners), 0)
        desks = {one.topic: Desk("memory", one, None) for one in listeners}
        while True:
            asked = self.now()
            for topic, desk in desks.items():
                batch = self._bus.topics[topic][done[topic] :]
                await desk.deal_with(batch)
                done[topic] += len(batch)
            if not self._bus.down:
                yield asked
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_S), self._bus.grown:
                    await self._bus.grown.wait()
