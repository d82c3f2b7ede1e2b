"""Events as they are kept in an outbox, as they travel on Kafka, and as they are heard.

CloudEvents 1.0, Kafka binary mode: headers carry the envelope, the value is JSON.
Readers are tolerant (unknown fields pass), writers exact.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, Generic, TypeVar

import msgspec

from services.kernel.errors import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact. `type` is `<service>.<subject>.<action>.v<N>`; two fields say what it is about."""

    type: ClassVar[str]
    subject_field: ClassVar[str]
    key_field: ClassVar[str]

    @classmethod
    def topic(cls) -> str:
        """`<service>-<subject>`."""
        return "-".join(cls.type.split(".")[:2])


E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event in its aggregate's outbox, waiting to be published."""

    id: str
    type: str
    topic: str
    subject: str
    key: str
    time: str
    traceparent: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One message as Kafka has it."""

    topic: str
    key: str
    headers: tuple[tuple[str, bytes], ...]
    value: bytes
    partition: int = 0
    offset: int = 0

    def header(self, name: str) -> str:
        """The text of a header, or nothing; bytes that are not UTF-8 are shown as such."""
        return next((value.decode(errors="replace") for key, value in self.headers if key == name), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard(Generic[E]):
    """What a listener is given: event and envelope. `id` is the same at every repetition."""

    id: str
    type: str
    source: str
    subject: str
    time: datetime
    event: E


class EventMalformed(Invalid):
    """The record's headers or body are not those of the type that it names."""

    code = "event_malformed"


def event_id(event: Event, *, version: int) -> str:
    """The same for the same version of the same aggregate: saying it again repeats the id."""
    return derived_id(
        event.type, getattr(event, event.subject_field), getattr(event, event.key_field), version=version
    )


def derived_id(event_type: str, subject: str, key: str, *, version: int) -> str:
    """The id of such an event, for whoever looks for what was made of it and has not got it at hand."""
    return hashlib.sha256(f"{event_type}\0{subject}\0{key}\0{version}".encode()).hexdigest()[:32]


def entry(event: Event, *, version: int, at: datetime, traceparent: str = "") -> Entry:
    """The event made ready for an outbox; `traceparent` is W3C Trace Context's, or empty."""
    return Entry(
        id=event_id(event, version=version),
        type=event.type,
        topic=event.topic(),
        subject=getattr(event, event.subject_field),
        key=getattr(event, event.key_field),
        time=at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        traceparent=traceparent,
        body=msgspec.json.encode(event).decode(),
    )


def record(entry: Entry) -> Record:
    """The outbox entry as it goes to Kafka."""
    headers = {
        "ce_specversion": "1.0",
        "ce_id": entry.id,
        "ce_type": entry.type,
        "ce_source": f"/{entry.type.split('.')[0]}",
        "ce_subject": entry.subject,
        "ce_time": entry.time,
        "content-type": "application/json",
        "traceparent": entry.traceparent,
    }
    return Record(
        topic=entry.topic,
        key=entry.key,
        headers=tuple((name, value.encode()) for name, value in headers.items() if value),
        value=entry.body.encode(),
    )


def decode(kind: type[E], heard: Record) -> Heard[E]:
    """The event in a record, or `EventMalformed`."""
    try:
        return Heard(
            id=_needed(heard, "ce_id"),
            type=kind.type,
            source=heard.header("ce_source"),
            subject=_needed(heard, "ce_subject"),
            time=_moment(_needed(heard, "ce_time")),
            event=msgspec.json.decode(heard.value, type=kind),
        )
    except (msgspec.DecodeError, ValueError, OverflowError, RecursionError) as error:
        # The error names the field and the expected type, never the value. Too deep a nesting and a
        # time before the year 1 are the sender's faults too: they must not end the lane.
        raise EventMalformed(f"{kind.type} cannot be read: {error}") from error


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise EventMalformed("ce_time says no offset from UTC")
    return moment.astimezone(UTC)


def _needed(heard: Record, name: str) -> str:
    value = heard.header(name)
    if not value:
        raise EventMalformed(f"header {name} is missing")
    return value
