"""A space on memory engines, with the keys of those it hears and believes."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import httpx
import jwt
from joserfc.jwk import ECKey

from services.kernel.event import Entry, Record, entry, record
from services.kernel.keys.rings import FileRing, HeldRing, Signer
from services.kernel.keys.sealing import Sealer
from services.kernel.keys.secrets import read_key, read_public_jwks
from services.kernel.keys.tokens import Jwks, public_jwks
from services.kernel.names import hash_name
from services.kernel.process.engines import Engines
from services.kernel.store.documents import Collection, Document
from services.kernel.store.lease import Lease
from services.kernel.store.memory import MemoryDocuments
from services.kernel.stream.broadcast import MemoryEars
from services.kernel.stream.freshness import Freshness
from services.kernel.stream.hearing import Desk, Listener
from services.kernel.stream.memory_bus import MemoryBus, MemoryHearing
from services.space.app import build, make_space
from services.space.domain import Item
from services.space.events import (
    CertificateIssued,
    GrantWithdrawn,
    HolderErased,
    HolderRegistered,
    HolderRenamed,
    MandateChanged,
    NameConfirmed,
    OrganisationRegistered,
    StandingChanged,
    StatusChanged,
)
from services.space.parts import keeping
from services.space.settings import SpaceSettings
from services.space.store import ACCESSES, ITEMS
from services.space.store.documents import as_stored
from services.space.transparency import Auditor
from tests.kernel.log.lab import stepped

NOW = datetime(2026, 3, 9, 2, 30, tzinfo=UTC)  # 10:30 in China
ISSUER = "https://identity.test"
HOLDER, OTHER_HOLDER = "J57CGLK2EIP5SGLF5RTEQFEWAJ", "K57CGLK2EIP5SGLF5RTEQFEWAJ"
FOOD, HYGIENE, ROAD = (f"11100000MB9999900G{number}" for number in (901, 902, 903))
ITEM = "11420322YM0000002G4420131012003"
MANDATE = "M57CGLK2EIP5SGLF5RTEQFEWAJ"
ORGANISATION = "11420322YM0000002G"
HOLDER_NAME, NUMBER, MASKED = "欧阳测试娘", "JY14203220001234", "420***********5X"


class HandClock:
    """Stands still until told; ids count up."""

    def __init__(self) -> None:
        self.at = NOW
        self._made = 0

    def now(self) -> datetime:
        return self.at

    def new_id(self) -> str:
        self._made += 1
        return f"{int(self.at.timestamp() * 1000):012x}{self._made:020x}"


class HandTail:
    """Its clock stands still until told, too."""

    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> float:
        return self.at

    async def follow(self, listeners: Sequence[Listener]) -> AsyncIterator[float]:
        """Bring nothing: `World.hear` does."""
        del listeners
        yield self.at


class FrailDocuments(MemoryDocuments):
    """Fails at whatever a test says; remembers what was inserted."""

    def __init__(self) -> None:
        super().__init__()
        self.failing: dict[str, Exception] = {}

    async def insert(self, collection: Collection, document: Document) -> None:
        if failure := self.failing.get(collection.name):
            raise failure
        await super().insert(collection, document)

    def everything(self) -> str:
        """All that is kept, as text."""
        return repr(self._kept)

    def forget_keys(self) -> None:
        """As the engine does after two days."""
        self._kept.pop("request_keys", None)

    def kept(self, collection: str) -> list[Document]:
        return list(self._kept.get(collection, {}).values())


def signing_key(kid: str) -> dict[str, Any]:
    return dict(ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"}).as_dict(private=True))


IDENTITY, STRANGER = signing_key("identity-key"), signing_key("identity-key")


class World:
    """One space, the events that reach it and the callers that it serves."""

    def __init__(self, secrets: Path, *, pulls_an_hour: int = 120) -> None:
        self.secrets = secrets
        self.clock, self.documents, self.bus = HandClock(), FrailDocuments(), MemoryBus()
        self.tail = HandTail()
        self.engines = engines = Engines(
            documents=self.documents,
            bus=self.bus,
            hear=lambda name, listeners, _bus: MemoryHearing(name, listeners, bus=self.bus),
            clock=self.clock,
            fetch_jwks=_published,
            ears=MemoryEars(self.bus),
            tail=self.tail,
        )
        settings = SpaceSettings(secrets_dir=secrets, issuer=ISSUER, pulls_an_hour=pulls_an_hour)
        self.service = build(settings, engines)
        self.heard_until(0.0)
        ring = FileRing(settings.secrets_dir / "space" / "tickets.jwks")
        checker, held = engines.checker(settings), keeping(settings, engines)
        self.space = space = make_space(
            settings, engines, self.service.relay, checker, ring, self.freshness, held
        )
        self.vault = held.vault
        self.auditor = Auditor(self.documents, held.log, space.trail.accesses, self.clock)
        self.sequencer = held.log.sequencer(Lease(self.documents, self.clock))
        self.publish = space.registry.publish
        self.desks = {one.topic: Desk("space", one, self.bus) for one in self.service.listeners}
        transport = httpx.ASGITransport(app=self.service.http(), raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://space.test")
        self._sealer = Sealer(read_public_jwks(secrets / "sealing.jwks"))

    @property
    def freshness(self) -> Freshness:
        assert self.service.freshness is not None
        return self.service.freshness

    def heard_until(self, moment: float) -> None:
        """All that was said on the urgent topics before this second of `tail`'s has been dealt with."""
        self.freshness.reached(moment)

    async def find_registered(self, items: Sequence[Item]) -> None:
        """As an earlier process left the registry, with all said."""
        for one in items:
            state = as_stored(one, without=("item",))
            await self.documents.insert(ITEMS, {"_id": one.item, "version": 1, "outbox": [], **state})

    def certificate(
        self, number: int = 1, *, version: int = 1, holder: str = HOLDER, **changes: Any
    ) -> Record:
        """An event from certs."""
        content = self._content(number, version)
        plain = changes.pop("plain", json.dumps(content | changes.pop("content", {})).encode())
        place: dict[str, Any] = {"event_type": CertificateIssued.type, "holder_id": holder}
        sealed = self._sealer.seal("space", plain, version=version, **place)
        facts: dict[str, Any] = {
            "certificate_id": f"{number:032x}",
            "version": version,
            "holder_id": holder,
            "certificate_type": FOOD,
            "state": "valid",
            "authority": ORGANISATION,
            "issued_at": NOW - timedelta(days=1),
            "valid_from": date(2026, 3, 1),
            "valid_to": date(2031, 2, 28),
            "sealed": sealed,
        }
        return record(entry(CertificateIssued(**facts | changes), version=version, at=NOW))

    def status(
        self,
        number: int = 1,
        *,
        version: int = 2,
        change: str = "revoke",
        state: str = "revoked",
        content: dict[str, Any] | None = None,
    ) -> Record:
        """The other event from certs."""
        order = {"change": change, "reason": "检查", "case_number": "1号", "decided_on": "2026-03-09"}
        said = (self._content(number, version) if content is None else content) | {"order": order}
        plain = json.dumps(said).encode()
        place: dict[str, Any] = {"event_type": StatusChanged.type, "holder_id": HOLDER}
        event = StatusChanged(
            certificate_id=f"{number:032x}",
            version=version,
            holder_id=HOLDER,
            certificate_type=FOOD,
            state=state,
            change=change,
            changed_at=self.clock.now(),
            authority=ORGANISATION,
            issued_at=self.clock.now(),
            sealed=self._sealer.seal("space", plain, version=version, **place),
        )
        return record(entry(event, version=version, at=self.clock.now()))

    def _content(self, number: int, version: int) -> dict[str, Any]:
        return {
            "identifier": f"1.2.156.3005.2.{FOOD}.{ORGANISATION}.{number}.001.X",
            "number": f"{NUMBER}{number}",
            "name": "食品经营许可证",
            "authority_name": "郧西县市场监督管理局",
            "holder_name": HOLDER_NAME,
            "id_type": "111",
            "id_number_masked": MASKED,
            "valid_from": "2026-03-01",
            "valid_to": "2031-02-28",
            "fields": {"business_scope": f"热食类食品制售 {version}"},
            "credential": "header.payload.signature~",
        }

    async def hear(self, *records: Record) -> None:
        for topic, batch in groupby(records, key=lambda one: one.topic):
            await self.desks[topic].deal_with(list(batch))

    def registered(self, holder: str = HOLDER, name: str | None = HOLDER_NAME, *, version: int = 1) -> Record:
        """An event from identity; without a name as it was said before names were."""
        said = HolderRegistered(
            holder_id=holder, version=version, name_hash=self.hashed(holder, name) if name else None
        )
        return record(entry(said, version=version, at=self.clock.now()))

    def organisation(self, name: str, *, version: int = 1) -> Record:
        """Another, of the organisation whose operators ask here."""
        said = OrganisationRegistered(organisation=ORGANISATION, version=version, name=name)
        return record(entry(said, version=version, at=self.clock.now()))

    def renamed(self, name: str, *former: str, version: int = 2, holder: str = HOLDER) -> Record:
        """Another, with the former names that count."""
        said = HolderRenamed(
            holder_id=holder,
            version=version,
            name_hash=self.hashed(holder, name),
            former_name_hashes=tuple(self.hashed(holder, one) for one in former),
        )
        return record(entry(said, version=version, at=self.clock.now()))

    def erased(self, *, version: int) -> Record:
        """Another: nobody is known any more."""
        return record(entry(HolderErased(holder_id=HOLDER, version=version), version=version, at=NOW))

    def confirmed(self, name: str, *, authority: str = ORGANISATION) -> Record:
        """An event from certs."""
        said = NameConfirmed(
            confirmation_id=f"{authority}-{name}",
            version=1,
            holder_id=HOLDER,
            authority=authority,
            name_hash=self.hashed(HOLDER, name),
        )
        return record(entry(said, version=1, at=self.clock.now()))

    def hashed(self, holder: str, name: str) -> str:
        return hash_name(read_key(self.secrets / "space" / "name.key"), holder, name)

    def withdrawn(self, grant_id: str = "grant-1") -> Record:
        """An event from identity."""
        said = GrantWithdrawn(grant_id=grant_id, version=2, holder_id=HOLDER, withdrawn_at=self.clock.now())
        return record(entry(said, version=2, at=self.clock.now()))

    def standing(self, state: str = "frozen", *, version: int = 1) -> Record:
        """Another."""
        said = StandingChanged(holder_id=HOLDER, version=version, state=state, changed_at=self.clock.now())
        return record(entry(said, version=version, at=self.clock.now()))

    def mandate(self, *, version: int = 1, state: str = "open", until: datetime | None = None) -> Record:
        """Another, as it is said to the one side."""
        said = MandateChanged(mandate_id=MANDATE, version=version, holder_id=HOLDER, state=state, until=until)
        return record(entry(said, version=version, at=self.clock.now()))

    def token(self, key: Mapping[str, Any] = IDENTITY, typ: str = "at+jwt", **claims: object) -> str:
        return Signer(HeldRing({"keys": [key]})).sign(self.claims(**claims), typ=typ)

    def claims(self, **claims: object) -> dict[str, Any]:
        now = int(self.clock.now().timestamp())
        given = {"iss": ISSUER, "aud": "yima", "sub": "someone", "iat": now, "exp": now + 600, "jti": "t1"}
        return {name: value for name, value in (given | claims).items() if value is not None}

    def resident(self, *holder_ids: str, **claims: object) -> dict[str, str]:
        ids = list(holder_ids or (HOLDER,))
        facts: dict[str, Any] = {"sub": ids[0], "kind": "resident", "client_id": "portal", "holder_ids": ids}
        return {"Authorization": f"Bearer {self.token(**facts | claims)}"}

    def operator(self, operator: str = "op-0017", **claims: object) -> dict[str, str]:
        facts: dict[str, Any] = {
            "sub": operator,
            "kind": "operator",
            "client_id": "counter",
            "organisation": ORGANISATION,
        }
        return {"Authorization": f"Bearer {self.token(**facts | {'counter': '3号窗口'} | claims)}"}

    def unsigned(self, *, typ: str, **claims: object) -> str:
        """As one who hopes that nobody checks (`alg` none)."""
        headers = {"typ": typ, "kid": IDENTITY["kid"]}
        return jwt.encode(self.claims(**claims), "", algorithm="none", headers=headers)

    def grant(self, key: Mapping[str, Any] = IDENTITY, typ: str = "yima-grant+jwt", **claims: object) -> str:
        facts: dict[str, Any] = {
            "aud": "space",
            "sub": HOLDER,
            "jti": "grant-1",
            "scan_id": "scan-1",
            "operator": "op-0017",
            "organisation": ORGANISATION,
            "item": ITEM,
            "certificate_types": [FOOD, HYGIENE],
            "basis": "holder_presented",
            "purpose": "办理食品经营许可证延续",
        }
        return self.token(key, typ, **facts | claims)

    async def pull(
        self, *, key: str = "visit-0001", headers: Mapping[str, str] | None = None, **body: Any
    ) -> httpx.Response:
        sent = {"grant": self.grant()} | body
        headers = {**(headers or self.operator()), "Idempotency-Key": key}
        return await self.http.post("/v1/pulls", json=sent, headers=headers)

    async def match(self, **body: object) -> httpx.Response:
        return await self.http.post(
            "/v1/matches", json={"grant": self.grant()} | body, headers=self.operator()
        )

    async def see(self, path: str, *holder_ids: str, **query: Any) -> dict[str, Any]:
        answer = await self.http.get(f"/v1/{path}", headers=self.resident(*holder_ids), params=query)
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        return page

    def said(self, type_: str) -> list[dict[str, Any]]:
        """The events of this type that wait in an outbox, in the order of their documents."""
        names = ("entries", "accesses", "items", "entry_reports", "pull_hours", "cases")
        outboxes = [one["outbox"] for name in names for one in self.documents.kept(name)]
        return [json.loads(each["body"]) for outbox in outboxes for each in outbox if each["type"] == type_]

    def machine(self, *scopes: str, **claims: object) -> dict[str, str]:
        facts: dict[str, Any] = {"sub": "a-system", "kind": "machine", "client_id": "a-system"}
        return {"Authorization": f"Bearer {self.token(**facts | {'scope': ' '.join(scopes)} | claims)}"}

    def records(self, said: Sequence[Document]) -> list[Record]:
        """What stood in an outbox, as it is heard."""
        return [record(Entry(**one)) for one in said]

    async def log_all(self) -> None:
        """As relay, stream and sequencer do: what was said of accesses is heard, and under a signed head."""
        said = [each for one in self.documents.kept("accesses") for each in one["outbox"]]
        if said:
            await self.hear(*self.records(said))
        for one in self.documents.kept("accesses"):
            await self.documents.unload(ACCESSES, {one["_id"]: [each["id"] for each in one["outbox"]]})
        while await stepped(self.sequencer):
            pass

    def dead_letters(self) -> list[str]:
        return [one.header("dlq_cause") for one in self.bus.topics["space-dead-letter"]]


def _published(_url: str) -> Callable[[], Awaitable[Jwks]]:
    async def fetch() -> Jwks:
        return public_jwks({"keys": [IDENTITY]})

    return fetch
