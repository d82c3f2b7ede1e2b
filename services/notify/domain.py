"""Nouns and rules of telling: messages to holders, deliveries to partners."""

import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from services.kernel.errors import Forbidden, Invalid, NotFound
from services.kernel.event import Heard
from services.notify.events import AccessRecorded, EntryAdded

Told = EntryAdded | AccessRecorded
Kind = Literal["entry_added", "access_pulled", "access_refused"]
SubscriptionState = Literal["active", "disabled"]
DeliveryState = Literal["waiting", "delivered", "failed"]

# What a partner may subscribe to.
EVENT_TYPES = frozenset({EntryAdded.type, AccessRecorded.type})
# A retry comes up to this share later than planned, so that what failed together does not return together.
JITTER = 0.2
SUBSCRIPTION_DISABLED = "subscription_disabled"


class EventTypeUnknown(Invalid):
    code = "event_type_unknown"


class SubscriptionUnknown(NotFound):
    code = "subscription_unknown"


class OrganisationMissing(Forbidden):
    """A partner sees holders under the pseudonyms of its organisation: without one there are none."""

    code = "organisation_unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One notice to one holder; `params` are what its text is made of, in any language."""

    id: str
    holder_id: str
    at: datetime
    kind: Kind
    subject: str
    version: int
    params: Mapping[str, Any]


def message(heard: Heard[Told]) -> Message:
    """Say what the holder is to be told; the id is the same at every repetition of the event."""
    kind, params = _notice(heard.event)
    return Message(
        id=f"{heard.id}:inbox",
        holder_id=heard.event.holder_id,
        at=heard.time,
        kind=kind,
        subject=heard.subject,
        version=heard.event.version,
        params=params,
    )


def _notice(event: Told) -> tuple[Kind, dict[str, Any]]:
    if isinstance(event, EntryAdded):
        return "entry_added", _fields(event, "certificate_name", "authority_name", "valid_to")
    told = ("organisation", "counter", "operator", "item", "purpose", "certificate_types", "reason")
    return "access_pulled" if event.outcome == "pulled" else "access_refused", _fields(event, *told)


def _fields(event: Told, *wanted: str) -> dict[str, Any]:
    return {name: getattr(event, name) for name in wanted}


def names(events: Iterable[Told]) -> dict[str, str]:
    """Give what the events call things, by code; access records have codes only."""
    found: dict[str, str] = {}
    for event in events:
        if isinstance(event, EntryAdded):
            found[event.certificate_type] = event.certificate_name
            found[event.authority] = event.authority_name
    return found


def codes(messages: Iterable[Message]) -> list[str]:
    """Give the codes in these messages that a reader wants the names of."""
    pulls = [one.params for one in messages if one.kind != "entry_added"]
    return sorted(
        {code for params in pulls for code in (params["organisation"], *params["certificate_types"])}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Where a partner wants which events; `secret` signs them."""

    id: str
    organisation: str
    url: str
    event_types: tuple[str, ...]
    state: SubscriptionState
    at: datetime
    secret: bytes = field(repr=False)
    version: int = 1


def event_types(asked: Iterable[str]) -> tuple[str, ...]:
    """Give them sorted, each once; at least one is needed, and each is one that partners may hear."""
    types = tuple(sorted(set(asked)))
    unknown = [name for name in types if name not in EVENT_TYPES]
    if unknown or not types:
        raise EventTypeUnknown(
            f"{', '.join(unknown) or 'none'} given; there are {', '.join(sorted(EVENT_TYPES))}"
        )
    return types


def partner_key(root: bytes, organisation: str) -> bytes:
    """Derive the key of one partner's pseudonyms; organisations cannot compare theirs."""
    return hmac.digest(root, f"partner:{organisation}".encode(), "sha256")


def pseudonym(key: bytes, holder_id: str) -> str:
    """Name a holder as this partner knows it (design.md, law 5): 64 hexadecimal characters."""
    return hmac.digest(key, holder_id.encode(), "sha256").hex()


def letter(heard: Heard[Told], key: bytes) -> str:
    """Write what a partner gets: CloudEvents JSON of type, state and time. Content needs a grant."""
    body = {
        "specversion": "1.0",
        "id": heard.id,
        "type": heard.type,
        "source": heard.source,
        "subject": pseudonym(key, f"subject:{heard.subject}"),
        "time": heard.time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": {"holder": pseudonym(key, heard.event.holder_id), **_disclosed(heard.event)},
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _disclosed(event: Told) -> dict[str, Any]:
    if isinstance(event, EntryAdded):
        return _fields(event, "state", "certificate_type", "authority")
    return _fields(event, "outcome", "item", "certificate_types")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How deliveries are tried: `claim` is how long a process may keep one to itself."""

    waits: tuple[timedelta, ...]
    timeout: timedelta
    claim: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an endpoint made of an attempt; `gone` asks us never to come again."""

    taken: bool = False
    gone: bool = False
    status: int | None = None
    error: str | None = None
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way to one subscription; whoever moves `next_at` ahead may send it until then."""

    id: str
    subscription_id: str
    event_id: str
    type: str
    body: str
    at: datetime
    next_at: datetime
    state: DeliveryState = "waiting"
    attempts: int = 0
    last_status: int | None = None
    last_error: str | None = None
    version: int = 1

    def after(self, answer: Answer, *, at: datetime, pace: Pace, chance: float) -> "Delivery":
        """Decide what follows: done, given up, or another try, never before the endpoint asked for it."""
        done = replace(
            self, attempts=self.attempts + 1, last_status=answer.status, last_error=answer.error, next_at=at
        )
        if answer.taken:
            return replace(done, state="delivered")
        if answer.gone or self.attempts >= len(pace.waits):
            return replace(done, state="failed")
        planned = pace.waits[self.attempts] * (1 + JITTER * chance)
        asked = min(answer.retry_after or timedelta(), max(pace.waits))
        return replace(done, next_at=at + max(planned, asked))
