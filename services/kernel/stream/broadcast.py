"""What must wake every process: server-sent events and long polls (design.md, law 9).

Each process hears all of its topics from now on, in no group. A record rings the bells of its key and its
subject, and nothing of it is kept: whoever is woken reads the store again. A ring may be lost, while the
broker is away or before hearing has begun, so a waiter also looks by itself every few seconds.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Protocol

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from services.kernel.errors import TooMany
from services.kernel.event import Record
from services.kernel.stream.kafka import received
from services.kernel.stream.memory_bus import MemoryBus
from services.kernel.stream.offsets import partitions_of

log = logging.getLogger("yima.broadcast")

# Longest between two looks of a waiter whose ring was lost.
LOOK_S = 3.0
# One phone or counter has a page or two open; a hundred would be a mistake or an attack.
WAITS_EACH = 4
WAITS_IN_ALL = 5_000
LONGEST_PAUSE_S = 5.0


class TooManyWaiting(TooMany):
    """One caller, or all together, keep more answers open than a process can hold."""

    code = "too_many_waiting"


class Ears(Protocol):
    """Where a process hears what happens from now on."""

    def listen(self, topics: Sequence[str]) -> AsyncIterator[Record | None]:
        """Give each record once heard; None whenever something may have been missed. Never ends by itself."""
        ...


class Bell:
    """Rung for one waiter; `ended`: the process is stopping, so answer with what there is."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self.ended = False

    def ring(self) -> None:
        self._rung.set()

    def end(self) -> None:
        self.ended = True
        self._rung.set()

    async def wait(self, seconds: float | None = None) -> bool:
        """Return at a ring or after this time (`LOOK_S`); whether it rang. An earlier one is not lost."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_S if seconds is None else seconds):
                await self._rung.wait()
        rung = self._rung.is_set()
        if not self.ended:
            self._rung.clear()
        return rung


class Broadcast:
    """The bells of one process."""

    def __init__(self, ears: Ears, topics: Sequence[str]) -> None:
        self._ears, self._topics = ears, topics
        self._bells: dict[str, set[Bell]] = defaultdict(set)
        self._waits: dict[str, int] = defaultdict(int)
        self.waiting = 0
        self.hearing = False
        self._ended = False

    @contextmanager
    def bell(self, who: str, *names: str) -> Iterator[Bell]:
        """Hold a bell that keys or subjects of these names ring; `who` waits, and may do so a few times."""
        if self._waits.get(who, 0) >= WAITS_EACH or self.waiting >= WAITS_IN_ALL:
            raise TooManyWaiting(f"{WAITS_EACH} answers at a time are kept open for one caller")
        bell = Bell()
        if self._ended:
            bell.end()
        self._waits[who] += 1
        self.waiting += 1
        for name in names:
            self._bells[name].add(bell)
        try:
            yield bell
        finally:
            for name in names:
                self._bells[name].discard(bell)
                if not self._bells[name]:
                    del self._bells[name]
            self.waiting -= 1
            self._waits[who] -= 1
            if not self._waits[who]:
                del self._waits[who]

    def end(self) -> None:
        """Let everybody who waits go, now and from now on: the process is stopping."""
        self._ended = True
        for bell in self._everybody():
            bell.end()

    async def hear_forever(self) -> None:
        """Ring for what is heard, until cancelled; that too lets everybody go."""
        try:
            async for record in self._ears.listen(self._topics):
                self.ring(record)
        except asyncio.CancelledError:
            self.end()
            raise

    def ring(self, record: Record | None) -> None:
        """Wake who waits for what the record is about; None: everybody."""
        self.hearing = True
        names = (record.key, record.header("ce_subject")) if record else tuple(self._bells)
        for bell in {bell for name in names for bell in self._bells.get(name, ())}:
            bell.ring()

    def _everybody(self) -> set[Bell]:
        return {bell for bells in self._bells.values() for bell in bells}


class MemoryEars:
    """Hears a memory bus."""

    def __init__(self, bus: MemoryBus) -> None:
        self._bus = bus

    async def listen(self, topics: Sequence[str]) -> AsyncIterator[Record | None]:
        """From where each topic ends now."""
        done = {topic: len(self._bus.topics[topic]) for topic in topics}
        yield None
        while True:
            async with self._bus.grown:
                await self._bus.grown.wait_for(
                    lambda: any(len(self._bus.topics[topic]) > end for topic, end in done.items())
                )
            for topic, end in done.items():
                fresh = self._bus.topics[topic][end:]
                done[topic] = end + len(fresh)
                for record in fresh:
                    yield record


class KafkaEars:
    """Hears Kafka without a group: every process gets every record, and none is acknowledged."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap

    async def listen(self, topics: Sequence[str]) -> AsyncIterator[Record | None]:
        """From where each partition ends now; after the broker was away, from where it ends then."""
        pause = 0.2
        while True:
            try:
                async for record in self._until_lost(topics):
                    pause = 0.2
                    yield record
            except (KafkaError, TimeoutError, OSError) as error:
                log.warning("waiting for Kafka", extra={"cause": f"{type(error).__name__}: {error}"[:200]})
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    async def _until_lost(self, topics: Sequence[str]) -> AsyncIterator[Record | None]:
        partitions = await partitions_of(self._bootstrap, topics)
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap, auto_offset_reset="latest", enable_auto_commit=False
        )
        try:
            await consumer.start()
            consumer.assign(partitions)
            await consumer.seek_to_end(*partitions)
            for partition in partitions:
                await consumer.position(partition)
            yield None
            async for one in consumer:
                yield received(one)
        finally:
            await consumer.stop()
