"""Where the same test is played: topics, a bus and a hearing, in memory or over Kafka."""

import asyncio
import uuid
from collections.abc import Sequence
from typing import Protocol

from aiokafka import AIOKafkaConsumer

from deploy.topics import Topic, create_topics
from services.kernel.event import Record
from services.kernel.process.service import Hearing
from services.kernel.stream.bus import Bus
from services.kernel.stream.faust_hearing import FaustHearing
from services.kernel.stream.hearing import Listener
from services.kernel.stream.kafka import KafkaBus
from services.kernel.stream.memory_bus import MemoryBus, MemoryHearing
from services.kernel.stream.offsets import partitions_of

PARTITIONS = 3


class Stage(Protocol):
    """`service` names the consumer group; it and every topic are this test's own."""

    service: str
    bus: Bus

    async def topic(self, name: str) -> str: ...

    def hearing(self, listeners: Sequence[Listener]) -> Hearing: ...

    async def read(self, topic: str, count: int) -> list[Record]:
        """The first so many records, partition by partition, waiting for them."""
        ...


class MemoryStage:
    def __init__(self) -> None:
        self.service = "play"
        self.bus = MemoryBus()

    async def topic(self, name: str) -> str:
        return name

    def hearing(self, listeners: Sequence[Listener]) -> Hearing:
        return MemoryHearing(self.service, listeners, bus=self.bus)

    async def read(self, topic: str, count: int) -> list[Record]:
        async with self.bus.grown:
            await asyncio.wait_for(
                self.bus.grown.wait_for(lambda: len(self.bus.topics[topic]) >= count), timeout=30
            )
        return self.bus.topics[topic]


class KafkaStage:
    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self.service = f"play{uuid.uuid4().hex[:12]}"
        self.bus = KafkaBus(bootstrap)

    async def topic(self, name: str) -> str:
        """With the service's dead letters beside it."""
        made = f"{self.service}-{name}"
        wanted = (made, f"{self.service}-dead-letter")
        await create_topics(
            self.bootstrap, [Topic(name=one, partitions=PARTITIONS, retention_days=1) for one in wanted]
        )
        return made

    def hearing(self, listeners: Sequence[Listener]) -> FaustHearing:
        return FaustHearing(self.service, listeners, bootstrap=self.bootstrap, bus=self.bus)

    async def read(self, topic: str, count: int) -> list[Record]:
        partitions = await partitions_of(self.bootstrap, [topic])
        found: list[Record] = []
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap, auto_offset_reset="earliest")
        await consumer.start()
        try:
            consumer.assign(partitions)
            async with asyncio.timeout(30):
                while len(found) < count:
                    for batch in (await consumer.getmany(timeout_ms=200)).values():
                        found += [
                            Record(
                                topic=one.topic,
                                key=one.key.decode(),
                                headers=tuple(one.headers),
                                value=one.value,
                                partition=one.partition,
                                offset=one.offset,
                            )
                            for one in batch
                        ]
        finally:
            await consumer.stop()
        return sorted(found, key=lambda one: (one.partition, one.offset))

    async def close(self) -> None:
        await self.bus.close()
