"""Law 4: nothing heard is lost. What every listener shares, whatever brings it the records.

`Desk.deal_with` returns when every record is handled, skipped and counted, or safe on the
dead-letter topic; only then may the records be acknowledged.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from services.kernel.errors import Failure, Invalid, Refusal, Unavailable
from services.kernel.event import Event, Heard, Record, decode
from services.kernel.stream.bus import Bus
from services.kernel.telemetry import count
from services.kernel.trace import follow

log = logging.getLogger("yima.hearing")

TRIES = 3
PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0

# Any event type may stand here; `Listener` pairs each with a handler of just that type.
Handler = Callable[[Sequence[Heard[Any]]], Awaitable[None]]


class EventVersionUnknown(Invalid):
    """A type that is heard, in a version that is not: its producer was updated before us."""

    code = "event_version_unknown"


class ListenerFailed(Failure):
    """The handler failed in a way that nobody planned."""

    code = "unexpected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """One topic, and which handler hears which of its types; types not listed are skipped and counted."""

    topic: str
    hears: Mapping[type[Event], Handler]
    bases: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "bases", frozenset(_base(kind.type) for kind in self.hears))

    def kind_of(self, record: Record) -> type[Event] | None:
        """The event class of a record, None for a type that is not ours to hear."""
        name = record.header("ce_type")
        for kind in self.hears:
            if kind.type == name:
                return kind
        if _base(name) in self.bases:
            raise EventVersionUnknown(f"{name} is not a version that this service reads")
        if not name:
            raise EventVersionUnknown("header ce_type is missing")
        return None


class Desk:
    """Deals with the records of one listener, in order.

    Without a bus it buries nothing: another desk is given the same records, and does.
    """

    def __init__(self, service: str, listener: Listener, bus: Bus | None) -> None:
        self._listener = listener
        self._bus = bus
        self._dead_letters = f"{service}-dead-letter"
        self.buried = 0

    async def deal_with(self, records: Sequence[Record]) -> None:
        """Return when all are dealt with; take as long as that needs."""
        readable: list[tuple[type[Event], Record, Heard[Any]]] = []
        for record in records:
            try:
                kind = self._listener.kind_of(record)
                if kind is None:
                    count("events_skipped")
                else:
                    readable.append((kind, record, decode(kind, record)))
            except Refusal as refusal:
                await self._bury(record, refusal)
        for kind, group in groupby(readable, key=lambda one: one[0]):
            await self._hand_over(self._listener.hears[kind], [(record, heard) for _, record, heard in group])

    async def _hand_over(self, handler: Handler, batch: Sequence[tuple[Record, Heard[Any]]]) -> None:
        """A batch that fails is taken apart, so that one bad event costs only itself."""
        try:
            await self._insist(handler, batch)
        except Failure as failure:
            if len(batch) > 1:
                for one in batch:
                    await self._hand_over(handler, [one])
            else:
                await self._bury(batch[0][0], failure)

    async def _insist(self, handler: Handler, batch: Sequence[tuple[Record, Heard[Any]]]) -> None:
        """Wait out `Unavailable`; let a `Refusal` go; give anything else three tries."""
        heard = [one for _, one in batch]
        waits = defects = 0
        while True:
            try:
                with follow(batch[0][0].header("traceparent")):
                    await handler(heard)
            except Unavailable as error:
                waits += 1
                facts = {"topic": self._listener.topic, "reason": error.code, "waits": waits}
                log.warning("waiting", extra=facts)
                await asyncio.sleep(min(PAUSE_S * 2 ** min(waits, 10), LONGEST_PAUSE_S))
            except Refusal:
                raise
            except Exception as error:  # reason: whatever it is, the event must not be lost with it
                defects += 1
                log.exception("the handler failed", extra={"topic": self._listener.topic, "tries": defects})
                if defects >= TRIES or len(batch) > 1:
                    raise ListenerFailed(f"{type(error).__name__}") from error
                await asyncio.sleep(PAUSE_S)
            else:
                count("events_handled", len(batch))
                return

    async def _bury(self, record: Record, failure: Failure) -> None:
        """Put it on the dead-letter topic with its cause and origin; not before that is it acknowledged."""
        self.buried += 1
        if self._bus is None:
            return
        origin = {
            "dlq_cause": failure.code,
            "dlq_detail": failure.detail[:500],
            "dlq_topic": record.topic,
            "dlq_partition": str(record.partition),
            "dlq_offset": str(record.offset),
        }
        kept = tuple((name, value) for name, value in record.headers if not name.startswith("dlq_"))
        added = tuple((name, value.encode()) for name, value in origin.items())
        letter = Record(topic=self._dead_letters, key=record.key, headers=kept + added, value=record.value)
        pause = PAUSE_S
        while True:
            try:
                await self._bus.publish([letter])
                break
            except Unavailable:
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_S)
        count("events_dead")
        log.error("to the dead letters", extra={**origin, "ce_id": record.header("ce_id")})


def _base(name: str) -> str:
    """The type without its version."""
    return name.rpartition(".v")[0]
