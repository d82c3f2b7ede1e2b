"""What the engines take by themselves, on the same machine in the same minute."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import aiohttp
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from pymongo import AsyncMongoClient

from bench.figures import Figure, spread
from deploy.local.places import LOOPBACK, ROOT, free_port
from deploy.local.processes import Processes
from deploy.local.program import Recipe
from deploy.local.world import LocalWorld

# About what an event or a document of ours weighs.
BODY = "x" * 1_000
BULK = 100
WARM = 20


@dataclass(frozen=True, slots=True)
class Bare:
    """Milliseconds of each try."""

    hops: list[float]
    inserts: list[float]
    hellos: list[float]
    bulks: list[float]

    @property
    def bulk_rate(self) -> float:
        """Documents a second, by hundreds."""
        return 1000 * BULK * len(self.bulks) / sum(self.bulks)


async def measure(world: LocalWorld, *, tries: int) -> Bare:
    """One after the other, while the services are idle."""
    return Bare(
        hellos=await _hellos(world.logs, tries),
        hops=await _hops(world.engines.kafka_bootstrap, tries),
        inserts=await _inserts(world.engines.mongo_url, tries),
        bulks=await _bulks(world.engines.mongo_url, max(tries // 20, 5)),
    )


async def _hops(bootstrap: str, tries: int) -> list[float]:
    """Idempotent producer, acknowledged by all, until the consumer has the record."""
    topic = f"bench-{uuid4().hex}"
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    await admin.close()
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, acks="all")
    await consumer.start()
    await producer.start()
    consumer.assign([TopicPartition(topic, 0)])
    await consumer.seek_to_beginning()
    took = []
    for _ in range(tries + WARM):
        begun = time.perf_counter()
        sent = await producer.send(topic, BODY.encode())
        await consumer.getone()
        took.append(_since(begun))
        await sent
    await producer.stop()
    await consumer.stop()
    return took[WARM:]


async def _inserts(url: str, tries: int) -> list[float]:
    took = []
    async with AsyncMongoClient[dict[str, str]](url) as client:
        collection = client["bench"][uuid4().hex]
        for _ in range(tries + WARM):
            begun = time.perf_counter()
            await collection.insert_one({"_id": uuid4().hex, "body": BODY})
            took.append(_since(begun))
    return took[WARM:]


async def _bulks(url: str, tries: int) -> list[float]:
    took = []
    async with AsyncMongoClient[dict[str, str]](url) as client:
        collection = client["bench"][uuid4().hex]
        for _ in range(tries + 1):
            documents = [{"_id": uuid4().hex, "body": BODY} for _ in range(BULK)]
            begun = time.perf_counter()
            await collection.insert_many(documents, ordered=False)
            took.append(_since(begun))
    return took[1:]


async def _hellos(logs: Path, tries: int) -> list[float]:
    """Milliseconds of each, one after the other."""
    took = []
    async with greeter(logs) as hello:
        for _ in range(tries + WARM):
            begun = time.perf_counter()
            await hello()
            took.append(_since(begun))
    return took[WARM:]


@asynccontextmanager
async def greeter(logs: Path) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """The least that FastAPI does, in a process of its own; give what asks it for a hello."""
    port = free_port()
    url = f"http://{LOOPBACK}:{port}"
    argv = [sys.executable, "-m", "bench.hello", str(port)]
    processes = Processes()
    try:
        processes.start(Recipe(name="hello", argv=argv, log=logs / "hello.log", cwd=ROOT), url=url)
        await processes.until_ready(["hello"])
        async with aiohttp.ClientSession() as session:

            async def hello() -> None:
                async with session.get(f"{url}/hello") as response:
                    await response.json()

            yield hello
    finally:
        await asyncio.shield(processes.stop())


def _since(begun: float) -> float:
    return (time.perf_counter() - begun) * 1000


def figures(engines: Bare) -> list[Figure]:
    """Give what the engines took by themselves."""
    return [
        *spread("bare: idempotent produce and consume", engines.hops),
        *spread("bare: one insert", engines.inserts),
        *spread("bare: FastAPI hello", engines.hellos),
        Figure(name="bare: inserts by hundreds", value=engines.bulk_rate, unit="rows/s"),
    ]
