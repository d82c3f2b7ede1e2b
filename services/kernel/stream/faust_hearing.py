"""Hearing over Kafka: a supervised Faust app whose agents feed lanes.

A lane is one partition's queue and task: it keeps order, takes what is queued as one batch, and
acknowledges only what has been dealt with, so neither a crash, a stop in the middle of a retry
nor a rebalance loses an event. Plain agents lose what is in flight (measured).
"""

import asyncio
import logging
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from typing import cast

import faust
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from faust.streams import Stream
from faust.types import EventT, StreamT

from services.kernel.event import Record
from services.kernel.stream.bus import Bus
from services.kernel.stream.hearing import Desk, Listener
from services.kernel.stream.offsets import ends, reached

log = logging.getLogger("yima.hearing")

BATCH = 100
# A lane that is stuck in a retry may hold this many; then the agent waits, and with it its topic.
LANE_LIMIT = 2_000
# Rebalance after a killed process takes the session timeout: 60 s by Faust's default, 5.8 s so (measured).
SESSION_TIMEOUT_S = 6.0
HEARTBEAT_S = 2.0
WATCH_EVERY_S = 0.2
LONGEST_PAUSE_S = 5.0


class Lane:
    """One partition of one topic."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._queue: asyncio.Queue[EventT[bytes]] = asyncio.Queue(LANE_LIMIT)

    async def put(self, event: EventT[bytes]) -> None:
        """Queue it, or wait while the lane is full."""
        await self._queue.put(event)

    async def run(self, stream: Stream[bytes]) -> None:
        """Deal with what is queued, for ever."""
        while True:
            batch = [await self._queue.get()]
            while len(batch) < BATCH and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            await self._desk.deal_with([_record(event) for event in batch])
            for event in batch:
                await stream.ack(event)


class FaustHearing:
    """Hears the listeners' topics as one consumer group named for the service."""

    def __init__(self, service: str, listeners: Sequence[Listener], *, bootstrap: str, bus: Bus) -> None:
        self._service = service
        self._listeners = listeners
        self._bootstrap = bootstrap
        self._bus = bus
        self._caught_up = False
        self._app: faust.App | None = None

    @property
    def caught_up(self) -> bool:
        """Whether all that was on the topics at the start has been dealt with (law 8)."""
        return self._caught_up

    async def hear_forever(self) -> None:
        """Start an app, watch it, and make a new one after any crash or while the broker is away."""
        await self._insist(self._hear_until_crash)

    async def watch_forever(self) -> None:
        """Learn when the group has caught up, without joining it."""
        await self._insist(self._watch)

    async def _insist(self, work: Callable[[dict[TopicPartition, int]], Awaitable[None]]) -> None:
        pause = 0.2
        while True:
            try:
                wanted = await ends(self._bootstrap, [one.topic for one in self._listeners])
                await work(wanted)
                pause = 0.2
            except (KafkaError, TimeoutError, OSError) as error:
                log.warning("waiting for Kafka", extra={"cause": f"{type(error).__name__}: {error}"[:200]})
            except Exception:  # reason: Faust raises its own and its libraries' errors; hearing must go on
                log.exception("hearing crashed")
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    async def _hear_until_crash(self, wanted: dict[TopicPartition, int]) -> None:
        lanes: list[asyncio.Task[None]] = []
        app = self._app = self._make_app(lanes)
        try:
            await app.start()
            log.info("hearing", extra={"topics": [one.topic for one in self._listeners]})
            catching_up = asyncio.create_task(self._catch_up(wanted))
            lanes.append(catching_up)
            while not _crashed(app) and not any(_failed(task) for task in lanes):  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(WATCH_EVERY_S)
            log.error("hearing stopped by itself", extra={"cause": str(app.crash_reason)[:200]})
        finally:
            for task in lanes:
                task.cancel()
            await asyncio.gather(*lanes, return_exceptions=True)
            await app.stop()

    async def _watch(self, wanted: dict[TopicPartition, int]) -> None:
        await self._catch_up(wanted)
        await asyncio.Event().wait()

    async def _catch_up(self, wanted: dict[TopicPartition, int]) -> None:
        if not self._caught_up:
            await reached(self._bootstrap, self._service, wanted)
            self._caught_up = True

    def _make_app(self, lanes: list[asyncio.Task[None]]) -> faust.App:
        app = faust.App(
            self._service,
            broker=f"kafka://{self._bootstrap}",
            store="memory://",
            datadir=tempfile.gettempdir(),  # Faust insists on one, though no table is kept
            web_enabled=False,
            autodiscover=False,
            topic_disable_leader=True,
            value_serializer="raw",
            key_serializer="raw",
            stream_wait_empty=False,
            broker_session_timeout=SESSION_TIMEOUT_S,
            broker_heartbeat_interval=HEARTBEAT_S,
            broker_commit_interval=0.5,
            consumer_auto_offset_reset="earliest",
            consumer_metadata_max_age_ms=5_000,
        )
        for listener in self._listeners:
            self._add_agent(app, listener, lanes)
        return app

    def _add_agent(self, app: faust.App, listener: Listener, lanes: list[asyncio.Task[None]]) -> None:
        desk = Desk(self._service, listener, self._bus)
        topic = app.topic(listener.topic, key_serializer="raw", value_serializer="raw")

        async def hear(given: StreamT[bytes]) -> None:
            stream = cast("Stream[bytes]", given)  # the interface leaves `noack` out
            mine: dict[int, Lane] = {}
            async for event in stream.noack().events():
                number = event.message.partition
                if number not in mine:
                    mine[number] = Lane(desk)
                    lanes.append(asyncio.create_task(mine[number].run(stream)))
                await mine[number].put(event)

        app.agent(topic, name=f"{self._service}.{listener.topic}")(hear)


def _record(event: EventT[bytes]) -> Record:
    message = event.message
    # Faust's type says less than it gives; Kafka allows a header without a value.
    headers = cast("dict[str, bytes | None]", dict(message.headers or {}))
    return Record(
        topic=message.topic,
        key=(message.key or b"").decode(errors="replace"),
        headers=tuple((name, value or b"") for name, value in headers.items()),
        value=message.value or b"",
        partition=message.partition,
        offset=message.offset,
    )


def _crashed(app: faust.App) -> bool:
    return bool(app.crashed or app.consumer.crashed or any(agent.crashed for agent in app.agents.values()))


def _failed(task: asyncio.Task[None]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is not None
