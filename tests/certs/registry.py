"""Processes of certs over one store, and the space that hears them, with every trouble in a test's hand."""

import json
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from services.certs.app import Parts, assemble
from services.certs.events import CertificateIssued, OrganisationRegistered, StatusChanged
from services.certs.handlers import mirror_organisations
from services.certs.settings import CertsSettings
from services.certs.store import CERTIFICATES, TypeStore
from services.kernel.errors import Refusal
from services.kernel.event import Heard, Record
from services.kernel.keys.rings import FileRing
from services.kernel.keys.sealing import Opener
from services.kernel.keys.secrets import read_jwks
from services.kernel.keys.tokens import Caller, Jwks
from services.kernel.outbox.relay import Relay
from services.kernel.outbox.sweep import GRACE, LATE
from services.kernel.process.engines import Engines
from services.kernel.store.documents import Collection, DatabaseUnavailable, Document
from services.kernel.store.lease import Lease
from services.kernel.store.memory import MemoryDocuments
from services.kernel.stream.broadcast import MemoryEars
from services.kernel.stream.freshness import Freshness
from services.kernel.stream.hearing import Desk, Listener
from services.kernel.stream.memory_bus import MemoryBus, MemoryHearing, MemoryTail
from services.kernel.web.idempotency import RequestKeys
from services.space.app import AGGREGATES, make_space
from services.space.parts import keeping
from services.space.settings import SpaceSettings
from services.space.stream import listeners
from tests.certs.office import FOOD, ISSUER, MARKET
from tests.kernel.things import running
from tests.space.world import HandClock

BEGIN = datetime(2026, 3, 9, 2, 30, tzinfo=UTC)
HEARD = (CertificateIssued.topic(), StatusChanged.topic())
DEAD_LETTERS = "space-dead-letter"


class Forgetful(MemoryDocuments):
    """Keeps the so manieth next write to a certificate (`loses`; 0: none), and loses the answer."""

    def __init__(self) -> None:
        super().__init__()
        self.loses = 0

    async def insert_many(self, collection: Collection, documents: Sequence[Document]) -> frozenset[str]:
        refused = await super().insert_many(collection, documents)
        self._lose(collection)
        return refused

    async def update(self, collection: Collection, document_id: str, **given: Any) -> bool:
        done = await super().update(collection, document_id, **given)
        self._lose(collection)
        return done

    def kept(self, collection: str) -> dict[str, Document]:
        return self._kept.get(collection, {})

    def copy(self) -> "Forgetful":
        made = Forgetful()
        made._kept = deepcopy(self._kept)
        return made

    def _lose(self, collection: Collection) -> None:
        if collection is not CERTIFICATES or not self.loses:
            return
        self.loses -= 1
        if not self.loses:
            raise DatabaseUnavailable("kept, and the answer lost")


class Registry:
    """`kept` is a store in which the county is registered and the types are published."""

    def __init__(self, secrets: Path, kept: Forgetful) -> None:
        self.documents, self.bus, self.clock = kept.copy(), MemoryBus(), HandClock()
        self.clock.at = BEGIN
        self._secrets = secrets
        self._keys = RequestKeys(self.documents, self.clock)
        self._opener = Opener(read_jwks(secrets / "space" / "sealing.jwks"))
        self.processes = [self._process(), self._process()]
        self.space = Mirror(secrets, self.bus, self.clock)

    @classmethod
    async def settled(cls, secrets: Path) -> Forgetful:
        """What every registry begins with: making it takes longer than playing in it."""
        registry = cls(secrets, Forgetful())
        desk = registry.processes[0].desk
        assert isinstance(desk.types, TypeStore)
        await desk.types.take_files()
        market = OrganisationRegistered(
            organisation=MARKET, version=1, certificate_types=(FOOD,), source_for=(), items=()
        )
        await mirror_organisations(desk.organisations, [market])
        return registry.documents

    def crash(self, place: int) -> None:
        """What it had in memory is gone with it; another starts over the same documents."""
        self.processes[place] = self._process()

    async def publish(self, place: int) -> None:
        relay = self.processes[place].relay
        async with running(relay.publish_forever):
            await relay.drained()

    async def sweep(self, place: int) -> None:
        """What crashes left behind, as soon as it is old enough."""
        self.clock.at += timedelta(minutes=2)
        for lag in (GRACE, LATE):
            await self.processes[place].relay.sweep(CERTIFICATES, lag=lag)

    async def claim(self, key: str) -> str:
        """As every request does before it makes something."""
        caller = Caller(subject=MARKET, kind="machine", client_id=MARKET)
        return await self._keys.claim(caller, "POST /v1/approvals", key, b"{}")

    def opened(self, event: dict[str, Any]) -> dict[str, Any]:
        """What is sealed to space in a change of status."""
        opened = self._opener.open(
            event["sealed"],
            event_type=StatusChanged.type,
            holder_id=event["holder_id"],
            version=event["version"],
        )
        content: dict[str, Any] = json.loads(opened)
        return content

    def certificates(self) -> dict[str, Document]:
        """Without claims, which are none (`store/claims.py`)."""
        return {key: one for key, one in self.documents.kept("certificates").items() if one["version"]}

    def _process(self) -> Parts:
        settings = CertsSettings(secrets_dir=self._secrets, issuer=ISSUER)
        return assemble(settings, engines_on(self.documents, self.bus, self.clock))


@dataclass(slots=True)
class Place:
    """How far one partition of a topic has been dealt with: Kafka's order is the order of one key."""

    records: list[Record]
    done: int = 0


class Mirror:
    """Space's own mirror of certificates, which is given the records by hand."""

    def __init__(self, secrets: Path, bus: MemoryBus, clock: HandClock) -> None:
        self.documents, self._bus = Forgetful(), bus
        engines = engines_on(self.documents, bus, clock)
        settings = SpaceSettings(secrets_dir=secrets, issuer=ISSUER)
        relay = Relay(self.documents, bus, Lease(self.documents, clock), clock, AGGREGATES)
        ring = FileRing(secrets / "space" / "tickets.jwks")
        space = make_space(
            settings,
            engines,
            relay,
            engines.checker(settings),
            ring,
            Freshness(engines.tail),
            keeping(settings, engines),
        )
        hears = [one for one in listeners(space) if one.topic in HEARD]
        self._desks = {one.topic: Desk("space", one, bus) for one in hears}
        self._refusing = {one.topic: Desk("space", _refusing(one), bus) for one in hears}
        self._places: dict[tuple[str, str], Place] = {}
        self._redriven = 0

    def places(self) -> list[Place]:
        """One for each topic and key, with all that is on it."""
        for topic in HEARD:
            for one in self._bus.topics[topic]:
                place = self._places.setdefault((topic, one.key), Place([]))
                if all(one.offset != known.offset for known in place.records):
                    place.records.append(one)
        return list(self._places.values())

    async def hear(self, place: Place, *, most: int, buried: bool = False) -> None:
        """The next of one partition; `buried`: each is refused, and goes to the dead letters."""
        batch = place.records[place.done : place.done + most]
        place.done += len(batch)
        desks = self._refusing if buried else self._desks
        if batch:
            await desks[batch[0].topic].deal_with(batch)

    async def redrive(self, *, most: int | None = None) -> None:
        """As `services.kernel.stream.redrive` does: what was buried is dealt with again."""
        letters = self._bus.topics[DEAD_LETTERS][self._redriven :][:most]
        self._redriven += len(letters)
        for one in letters:
            headers = tuple(header for header in one.headers if not header[0].startswith("dlq_"))
            topic = one.header("dlq_topic")
            whole = Record(topic=topic, key=one.key, headers=headers, value=one.value)
            await self._desks[topic].deal_with([whole])

    def entries(self) -> dict[str, Document]:
        return self.documents.kept("entries")


class _Refused(Refusal):
    code = "event_malformed"


def _refusing(listener: Listener) -> Listener:
    async def refuse(_: Sequence[Heard[Any]]) -> None:
        raise _Refused("refused by a test")

    return Listener(topic=listener.topic, hears=dict.fromkeys(listener.hears, refuse))


def engines_on(documents: MemoryDocuments, bus: MemoryBus, clock: HandClock) -> Engines:
    async def fetch() -> Jwks:
        return {"keys": []}

    return Engines(
        documents=documents,
        bus=bus,
        hear=lambda name, listeners, _: MemoryHearing(name, listeners, bus=bus),
        clock=clock,
        fetch_jwks=lambda _: fetch,
        ears=MemoryEars(bus),
        tail=MemoryTail(bus),
    )
