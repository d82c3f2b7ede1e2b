"""Law 1 in one place: an aggregate's state, its version and its events are kept by one write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.kernel.clock import Clock
from services.kernel.errors import Stale, TooLarge, Unavailable
from services.kernel.event import Event, entry
from services.kernel.outbox.relay import Relay
from services.kernel.store.documents import Advance, Collection, Document, Documents
from services.kernel.trace import traceparent

__all__ = [
    "BODY_LIMIT",
    "OUTBOX_LIMIT",
    "Aggregates",
    "Birth",
    "EventTooLarge",
    "Hearsay",
    "OutboxFull",
    "Stale",
]

OUTBOX_LIMIT = 100
# Kafka takes records of 1 MiB (message.max.bytes), headers included.
BODY_LIMIT = 900_000


class OutboxFull(Unavailable):
    """Too many of this aggregate's events wait for the broker to take more."""

    code = "outbox_full"


class EventTooLarge(TooLarge):
    """The broker would refuse it for ever, and with it all that waits behind it."""

    code = "event_too_large"


@dataclass(frozen=True, slots=True, kw_only=True)
class Birth:
    """A new aggregate, with the events that its making gives rise to."""

    id: str
    state: Mapping[str, Any]
    emit: Sequence[Event] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearsay:
    """What a mirror makes of one heard version, and says of it."""

    id: str
    heard_version: int
    changes: Mapping[str, Any]
    emit: Sequence[Event] = ()


class Aggregates:
    """One collection of aggregates. After each write the relay is woken with what it must publish."""

    def __init__(self, documents: Documents, collection: Collection, relay: Relay, clock: Clock) -> None:
        self._documents = documents
        self._collection = collection
        self._relay = relay
        self._clock = clock

    async def add(self, birth: Birth) -> None:
        """Keep a new one, or raise `DuplicateKey`."""
        document = self._born(birth)
        await self._documents.insert(self._collection, document)
        self._relay.wake(self._collection, birth.id, document["outbox"])

    async def add_many(self, births: Sequence[Birth]) -> frozenset[str]:
        """Keep each, unordered; return the ids that were there already."""
        documents = [self._born(birth) for birth in births]
        refused = await self._documents.insert_many(self._collection, documents)
        for document in documents:
            if document["_id"] not in refused:
                self._wake(document["_id"], document["outbox"], among=births)
        return refused

    async def load(self, aggregate_id: str) -> Document | None:
        """As it was kept, with `version` and `outbox`."""
        return await self._documents.get(self._collection, aggregate_id)

    async def change(
        self, loaded: Document, changes: Mapping[str, Any], *, emit: Sequence[Event] = ()
    ) -> None:
        """Keep the next version of what was loaded, or raise `Stale`."""
        version: int = loaded["version"]
        outbox = self._entries(emit, version + 1)
        waiting = [*loaded["outbox"], *outbox]
        if len(waiting) > OUTBOX_LIMIT:
            raise OutboxFull(f"{len(waiting)} events of {loaded['_id']} wait; {OUTBOX_LIMIT} may")
        changes = {**changes, "changed_at": self._clock.now()}
        done = await self._documents.update(
            self._collection, loaded["_id"], version=version, changes=changes, outbox=outbox
        )
        if not done:
            raise Stale(f"{loaded['_id']} is no longer at version {version}")
        # What was loaded unpublished leaves first, whichever process wrote it (law 2).
        self._relay.wake(self._collection, loaded["_id"], waiting)

    async def advance_many(self, heard: Sequence[Hearsay]) -> frozenset[str]:
        """Apply each that is newer than what is held; return the ids changed."""
        advances = [
            Advance(
                id=one.id,
                heard_version=one.heard_version,
                changes={**one.changes, "changed_at": self._clock.now()},
                outbox=self._entries(one.emit, one.heard_version),
            )
            for one in heard
        ]
        changed = await self._documents.advance_many(self._collection, advances)
        said = [one for one in advances if one.id in changed and one.outbox]
        # What an earlier version left unpublished leaves first (law 2); a first version has none before it.
        later = [one.id for one in said if one.heard_version > 1]
        held = await self._documents.get_many(self._collection, later) if later else {}
        for one in said:
            self._wake(one.id, held[one.id]["outbox"] if one.id in held else one.outbox, among=heard)
        return changed

    def _wake(self, aggregate_id: str, entries: Sequence[Document], *, among: Sequence[object]) -> None:
        """What comes by itself goes before what comes in bulk: a revocation waits for no import."""
        self._relay.wake(self._collection, aggregate_id, entries, bulk=len(among) > 1)

    def _born(self, birth: Birth) -> Document:
        return {
            "_id": birth.id,
            **birth.state,
            "version": 1,
            "changed_at": self._clock.now(),
            "outbox": self._entries(birth.emit, 1),
        }

    def _entries(self, events: Sequence[Event], version: int) -> list[Document]:
        now = self._clock.now()
        made = [entry(event, version=version, at=now, traceparent=traceparent()) for event in events]
        for one in made:
            size = len(one.body.encode())
            if size > BODY_LIMIT:
                raise EventTooLarge(f"{one.type} would be {size} bytes; {BODY_LIMIT} may be")
        return [{name: getattr(one, name) for name in one.__slots__} for one in made]
