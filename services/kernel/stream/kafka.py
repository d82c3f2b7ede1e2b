"""The bus over Apache Kafka: an idempotent producer, acks=all."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from aiokafka import AIOKafkaProducer, ConsumerRecord
from aiokafka.errors import KafkaError

from services.kernel.event import Record
from services.kernel.stream.bus import BrokerUnavailable

# Long enough for a leader election, short enough that a lost broker is noticed and the producer renewed.
REQUEST_TIMEOUT_MS = 5_000
START_TIMEOUT_S = 10
# An idempotent producer never expires a batch: while a broker keeps silent it would try again for ever.
PUBLISH_TIMEOUT_S = 10


class KafkaBus:
    """One producer, made at first use and made anew after any error.

    After batches expired in an outage an idempotent aiokafka producer answers
    `OutOfOrderSequenceNumber` for ever (measured), so an error always costs the producer its life.
    """

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._producer: _Producer | None = None
        self._starting = asyncio.Lock()
        self._leaving: set[asyncio.Task[None]] = set()

    async def publish(self, records: Sequence[Record]) -> None:
        """Pipelined; returns when all are acknowledged."""
        producer: _Producer | None = None
        sent: list[asyncio.Future[object]] = []
        try:
            async with asyncio.timeout(PUBLISH_TIMEOUT_S):
                producer = await self._started()
                for one in records:
                    key, headers = one.key.encode(), list(one.headers)
                    sent.append(await producer.send(one.topic, one.value, key=key, headers=headers))
                await asyncio.gather(*sent)
        except (KafkaError, TimeoutError, OSError) as error:
            self._discard(producer)
            asyncio.gather(*sent, return_exceptions=True)  # their errors are heard, and waited for by nobody
            raise BrokerUnavailable(f"Kafka did not acknowledge: {type(error).__name__}") from error

    async def close(self) -> None:
        """Let go of the producer; what was published is acknowledged already."""
        self._discard(self._producer)
        await asyncio.gather(*self._leaving, return_exceptions=True)

    async def _started(self) -> "_Producer":
        async with self._starting:  # relay, sweep and dead letters publish at the same time
            if self._producer is None:
                self._producer = await self._start()
            return self._producer

    async def _start(self) -> "_Producer":
        producer = _Producer(
            bootstrap_servers=self._bootstrap,
            enable_idempotence=True,
            acks="all",
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            max_request_size=2 * 1024 * 1024,
        )
        try:
            await asyncio.wait_for(producer.start(), START_TIMEOUT_S)
        except BaseException:  # reason: cancelled or failed, its sockets must not stay behind
            self._leave(producer)
            raise
        return producer

    def _discard(self, producer: "_Producer | None") -> None:
        # Another publisher may have made a new one since: that one lives on.
        if producer is not None and producer is self._producer:
            self._leave(producer)
            self._producer = None

    def _leave(self, producer: "_Producer") -> None:
        task = asyncio.create_task(producer.abandon())  # not on the publisher's time
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)


def received(one: ConsumerRecord) -> Record:
    """As a consumer got it; Kafka allows a record without key or value, and a header without a value."""
    headers = tuple((name, bytes(value or b"")) for name, value in one.headers)
    key = (one.key or b"").decode(errors="replace")
    return Record(
        topic=one.topic,
        key=key,
        headers=headers,
        value=one.value or b"",
        partition=one.partition,
        offset=one.offset,
    )


class _Producer(AIOKafkaProducer):  # type: ignore[misc] # aiokafka has no types
    async def abandon(self) -> None:
        """Stop without its `stop`, which first waits for batches that nobody acknowledges.

        Cut short in that wait, it would leave its sender and its sockets behind for ever.
        """
        self._closed = True
        with suppress(KafkaError, OSError):  # it is being thrown away
            await self._sender.close()
        await self.client.close()
