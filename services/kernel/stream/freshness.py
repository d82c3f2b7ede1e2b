"""How far behind this process is on the topics that take rights away (design.md, law 9).

A group shares partitions out: after a killed process some are nobody's for the session's six seconds, and
nobody knows. So each process that answers requests hears these few topics itself as well, all of their
partitions, from what its group has committed on: nothing is skipped, and what the group applies too is
applied twice, which changes nothing (law 3). Where the topics end is asked again and again; once all up to
there has been dealt with, the process is as fresh as the moment *before* it asked, so that neither a slow
answer nor a process that was held up makes it look fresher than it is.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from services.kernel.errors import Unavailable
from services.kernel.stream.hearing import Desk, Listener
from services.kernel.stream.kafka import received
from services.kernel.stream.offsets import committed, partitions_of

log = logging.getLogger("yima.freshness")

ASK_EVERY_S = 0.2
# Further behind than this, nobody can say what was taken back.
MOST_BEHIND_S = 1.0
# A process that was held up itself knows more within milliseconds: better a late answer than a 503.
PATIENCE_S = 1.0
REQUEST_TIMEOUT_MS = 3_000


class StatusUnknown(Unavailable):
    """What was taken back in the last second may not have reached us; not the same as taken back."""

    code = "status_unknown"


class Tail(Protocol):
    """What brings a process all of some topics, whatever its group does."""

    def now(self) -> float:
        """Seconds on the clock of `follow`."""
        ...

    def follow(self, listeners: Sequence[Listener]) -> AsyncIterator[float]:
        """Deal with what comes; give each moment up to which all is dealt with. Never ends by itself."""
        ...


class Freshness:
    """What one process knows of how far behind it is."""

    def __init__(self, tail: Tail) -> None:
        self._tail = tail
        self._until: float | None = None
        self._step = asyncio.Event()

    @property
    def lag(self) -> float | None:
        """Seconds behind at most; None until all was dealt with for the first time."""
        return None if self._until is None else self._tail.now() - self._until

    async def check(self) -> None:
        """Return when at most `MOST_BEHIND_S` behind; within `PATIENCE_S`, or raise `StatusUnknown`."""
        if self._fresh():
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                while not self._fresh():
                    await self._step.wait()
        if not self._fresh():
            raise StatusUnknown(f"what was taken back is known until {_words(self.lag)} and not to now")

    def told(self) -> str:
        """For `/readyz`: whoever has caught up once stays ready, for reads need no freshness."""
        return "catching up" if self.lag is None else f"ok, {_words(self.lag)}"

    async def follow_forever(self, listeners: Sequence[Listener]) -> None:
        """Hear these beside the group, until cancelled."""
        async for moment in self._tail.follow(listeners):
            self.reached(moment)

    def reached(self, moment: float) -> None:
        """All that was said before this has been dealt with: whoever waits looks again."""
        self._until = moment
        self._step.set()
        self._step = asyncio.Event()

    def _fresh(self) -> bool:
        return self.lag is not None and self.lag <= MOST_BEHIND_S


class KafkaTail:
    """Follows Kafka as no member of the group, whose offsets it reads and never writes."""

    def __init__(self, bootstrap: str, group: str) -> None:
        self._bootstrap, self._group = bootstrap, group

    def now(self) -> float:
        """Of this process."""
        return time.monotonic()

    async def follow(self, listeners: Sequence[Listener]) -> AsyncIterator[float]:
        """From where the group has come to."""
        desks = _desks(self._group, listeners)
        while True:
            with _waits():
                async for moment in self._until_lost(desks):
                    yield moment
            await asyncio.sleep(ASK_EVERY_S)

    async def _until_lost(self, desks: Mapping[str, Desk]) -> AsyncIterator[float]:
        partitions = await partitions_of(self._bootstrap, list(desks))
        begun = await committed(self._bootstrap, self._group, partitions)
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=int(ASK_EVERY_S * 1000),
            request_timeout_ms=REQUEST_TIMEOUT_MS,
        )
        try:
            await consumer.start()
            consumer.assign(partitions)
            for partition, offset in begun.items():
                consumer.seek(partition, offset)
            while True:
                asked = self.now()
                for partition, end in (await _ends(consumer, partitions)).items():
                    while await consumer.position(partition) < end:
                        await _deal(consumer, desks, ASK_EVERY_S)
                yield asked
                while (left := asked + ASK_EVERY_S - self.now()) > 0:
                    await _deal(consumer, desks, left)
        finally:
            # Its `stop` can raise the CancelledError of a fetch of its own, which would end us too (0.14).
            await asyncio.wait({asyncio.create_task(consumer.stop())})


async def _ends(
    consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]
) -> Mapping[TopicPartition, int]:
    """Where each ends now, however long the broker is away: the consumer then goes on by itself."""
    ends: Mapping[TopicPartition, int] = {}
    while not ends:
        with _waits():
            ends = await consumer.end_offsets(partitions)
        await asyncio.sleep(0 if ends else ASK_EVERY_S)
    return ends


async def _deal(consumer: AIOKafkaConsumer, desks: Mapping[str, Desk], seconds: float) -> None:
    """With what comes within this time, in one batch a partition."""
    batches = await consumer.getmany(timeout_ms=int(seconds * 1000))
    for partition, batch in batches.items():
        await desks[partition.topic].deal_with([received(one) for one in batch])


def _desks(service: str, listeners: Sequence[Listener]) -> Mapping[str, Desk]:
    # Without a bus: what cannot be dealt with is buried by the group, once.
    return {one.topic: Desk(service, one, None) for one in listeners}


@contextmanager
def _waits() -> Iterator[None]:
    """What is raised while the broker is away ends what is in here, and is logged."""
    try:
        yield
    except (KafkaError, TimeoutError, OSError) as error:
        log.warning("waiting for Kafka", extra={"cause": f"{type(error).__name__}: {error}"[:200]})


def _words(lag: float | None) -> str:
    return "no moment" if lag is None else f"{lag:.1f} s behind"
