"""Where an approval's time goes: the moments that each service wrote down by itself, read after the run.

`changed_at` of a document is taken just before its write, the time of a Kafka record when the relay hands it
to the producer; both are whole milliseconds of this machine's clock.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from pymongo import AsyncMongoClient

from bench.figures import percentile
from bench.road import Passage
from deploy.local.world import LocalWorld
from services.certs.events import CertificateIssued
from services.kernel.stream.offsets import ends
from services.space.events import EntryAdded

# Moments of one approval in their order, in seconds of the wall clock, and what lies before each.
STEPS = (
    (
        "due to be sent -> certs writes (HTTP, token, idempotency insert, look-ups, key insert)",
        "due",
        "decided",
    ),
    ("-> certs hands its event to Kafka (certificate insert, relay)", "decided", "issued"),
    ("-> space writes (hop, opening, key insert)", "issued", "heard"),
    ("-> space hands its event to Kafka (entry insert, relay)", "heard", "added"),
    (
        "-> message seen (hop, name and key inserts, message insert, up to 5 ms until the look)",
        "added",
        "stored",
    ),
)


async def read_steps(world: LocalWorld, passages: Sequence[Passage]) -> list[tuple[str, float, float]]:
    """Name, p50 and p99 of each step in milliseconds."""
    issued = await _times_on(world, CertificateIssued.topic())
    added = await _times_on(world, EntryAdded.topic())
    async with AsyncMongoClient[Any](world.engines.mongo_url, tz_aware=True) as client:
        ids = [one.certificate_id for one in passages]
        decided = await _changed_at(client, "yima_certs", "certificates", ids)
        heard = await _changed_at(client, "yima_space", "entries", ids)
    moments = [
        {
            "due": one.due,
            "decided": decided[one.certificate_id],
            "issued": issued[one.certificate_id],
            "heard": heard[one.certificate_id],
            "added": added[one.certificate_id],
            "stored": one.stored,
        }
        for one in passages
    ]
    return [(name, *_spread(moments, begin, end)) for name, begin, end in STEPS]


def _spread(moments: Sequence[Mapping[str, float]], begin: str, end: str) -> tuple[float, float]:
    took = [(one[end] - one[begin]) * 1000 for one in moments]
    return percentile(took, 0.50), percentile(took, 0.99)


async def _changed_at(
    client: AsyncMongoClient[Any], database: str, collection: str, ids: Sequence[str]
) -> dict[str, float]:
    cursor = client[database][collection].find({"_id": {"$in": list(ids)}}, {"changed_at": 1})
    return {one["_id"]: _seconds(one["changed_at"]) async for one in cursor}


def _seconds(moment: datetime) -> float:
    return moment.timestamp()


async def _times_on(world: LocalWorld, topic: str) -> dict[str, float]:
    """The first record of each subject; a repeat after a crash would be later."""
    bootstrap = world.engines.kafka_bootstrap
    unread = await ends(bootstrap, [topic])
    times: dict[str, float] = {}
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(list(unread))
        await consumer.seek_to_beginning()
        while unread:
            one = await consumer.getone()
            times.setdefault(dict(one.headers)["ce_subject"].decode(), one.timestamp / 1000)
            partition = TopicPartition(one.topic, one.partition)
            if one.offset + 1 >= unread[partition]:
                del unread[partition]
                consumer.pause(partition)
    finally:
        await consumer.stop()
    return times
