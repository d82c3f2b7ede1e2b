"""Dead letters dealt with again, by the service that could not deal with them.

They are not put back on the topic they came from: that belongs to its owner, and its other
listeners have long dealt with them.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, ConsumerRecord

from services.kernel.event import Record
from services.kernel.stream.bus import Bus
from services.kernel.stream.hearing import Desk, Listener
from services.kernel.stream.offsets import partitions_of

log = logging.getLogger("yima.redrive")

PAGE = 100
WAIT_MS = 3_000


@dataclass(frozen=True, slots=True)
class Redriven:
    """How many dead letters there were, and how many of them were buried again."""

    letters: int
    refused: int


async def redrive(service: str, listeners: Sequence[Listener], *, bootstrap: str, bus: Bus) -> Redriven:
    """Deal with every dead letter there is now. One that fails again is buried again."""
    desks = {one.topic: Desk(service, one, bus) for one in listeners}
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=f"{service}-redrive",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    done = 0
    await consumer.start()
    try:
        partitions = await partitions_of(bootstrap, [f"{service}-dead-letter"])
        consumer.assign(partitions)
        # Those buried again while we work lie behind these ends and are left for the next time.
        for partition, end in (await consumer.end_offsets(partitions)).items():
            while await consumer.position(partition) < end:
                found = await consumer.getmany(partition, timeout_ms=WAIT_MS, max_records=PAGE)
                letters = [one for one in found.get(partition, []) if one.offset < end]
                for letter in letters:
                    await _deal_again(letter, desks, bus)
                if letters:
                    await consumer.commit({partition: letters[-1].offset + 1})
                done += len(letters)
    finally:
        await consumer.stop()
    log.info("dead letters dealt with again", extra={"events": done})
    return Redriven(letters=done, refused=sum(one.buried for one in desks.values()))


async def _deal_again(letter: ConsumerRecord, desks: dict[str, Desk], bus: Bus) -> None:
    """As it was first heard; its old cause goes, a new burial writes its own."""
    headers = tuple((name, value or b"") for name, value in letter.headers)
    key, value = (letter.key or b"").decode(errors="replace"), letter.value or b""
    whole = Record(topic=letter.topic, key=key, headers=headers, value=value)
    desk = desks.get(whole.header("dlq_topic"))
    if desk is None:
        # Heard by an older or a newer version of this service: it goes to the end and is not lost.
        log.warning("nothing here hears its topic", extra={"origin": whole.header("dlq_topic")})
        await bus.publish([whole])
        return
    record = Record(
        topic=whole.header("dlq_topic"),
        key=key,
        headers=tuple(one for one in headers if not one[0].startswith("dlq_")),
        value=value,
        partition=int(whole.header("dlq_partition") or 0),
        offset=int(whole.header("dlq_offset") or 0),
    )
    await desk.deal_with([record])
