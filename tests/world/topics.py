"""What is on the topics, all of it, as bytes."""

from collections.abc import Iterable

from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.topics import read_topics
from services.kernel.event import Record
from services.kernel.stream.offsets import ends

_NEVER_MS = 10_000


async def everything_on(bootstrap: str) -> list[bytes]:
    """Keys, headers and bodies of every topic that we have."""
    unread = await ends(bootstrap, [topic.name for topic in read_topics()])
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    found: list[bytes] = []
    try:
        consumer.assign(list(unread))
        await consumer.seek_to_beginning()
        while unread:
            batches = await consumer.getmany(timeout_ms=_NEVER_MS)
            assert batches, f"the broker gives no more, and these are unread: {unread}"
            for place, records in batches.items():
                found += [_line(one.key, one.headers, one.value) for one in records]
                _tick_off(unread, place, records[-1].offset + 1)
    finally:
        await consumer.stop()
    return found


def of_memory(topics: Iterable[list[Record]]) -> list[bytes]:
    """The same of a bus in memory."""
    return [_line(one.key.encode(), one.headers, one.value) for topic in topics for one in topic]


def _tick_off(unread: dict[TopicPartition, int], place: TopicPartition, at: int) -> None:
    if at >= unread.get(place, 0):
        unread.pop(place, None)


def _line(key: bytes | None, headers: Iterable[tuple[str, bytes]], value: bytes | None) -> bytes:
    said = b" ".join(name.encode() + b"=" + text for name, text in headers)
    return b" ".join((key or b"", said, value or b""))
