"""Where topics end, and how far a group has come: what Faust does not tell."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

ASK_EVERY_S = 0.2


class TopicsMissing(OSError):
    """`python -m deploy.topics` has not been here yet; Faust would silently ignore what is missing."""


async def ends(bootstrap: str, topics: Sequence[str]) -> dict[TopicPartition, int]:
    """Where each partition that holds anything ends now; `TopicsMissing` until all topics exist."""
    partitions = await partitions_of(bootstrap, topics)
    async with _consumer(bootstrap) as consumer:
        starts = await consumer.beginning_offsets(partitions)
        found = await consumer.end_offsets(partitions)
    return {one: end for one, end in found.items() if end > starts[one]}


async def reached(bootstrap: str, group: str, wanted: Mapping[TopicPartition, int]) -> None:
    """Return when the group, whichever of its processes did it, has dealt with all before these offsets."""
    async with _consumer(bootstrap, group=group) as consumer:
        for partition, end in wanted.items():
            while (await consumer.committed(partition) or 0) < end:  # noqa: ASYNC110 - the broker is asked
                await asyncio.sleep(ASK_EVERY_S)


async def committed(
    bootstrap: str, group: str, partitions: Sequence[TopicPartition]
) -> dict[TopicPartition, int]:
    """What each partition's first record is that the group has not dealt with yet, where it has begun."""
    async with _consumer(bootstrap, group=group) as consumer:
        found = {one: await consumer.committed(one) for one in partitions}
    return {one: offset for one, offset in found.items() if offset is not None}


async def partitions_of(bootstrap: str, topics: Sequence[str]) -> list[TopicPartition]:
    """Every partition of these, or `TopicsMissing`."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        described = await admin.describe_topics(list(topics))
    finally:
        await admin.close()
    missing = [one["topic"] for one in described if one["error_code"]]
    if missing:
        raise TopicsMissing(f"topics do not exist yet: {', '.join(missing)}")
    return [
        TopicPartition(one["topic"], part["partition"]) for one in described for part in one["partitions"]
    ]


@asynccontextmanager
async def _consumer(bootstrap: str, *, group: str | None = None) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer that only asks for offsets and joins no group."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()
