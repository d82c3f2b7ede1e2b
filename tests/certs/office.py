"""certs alone in one process on memory engines, with a county whose registrations it has heard."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import time
from typing import Any, TypeVar, cast

import httpx

from deploy.local.sample.authorities import DATA_BUREAU, HEALTH, MARKET_REGULATION, TRANSPORT
from deploy.local.waiting import until
from deploy.secrets import make_secrets
from services.certs.app import Parts, assemble
from services.certs.events import CertificateIssued, OrganisationRegistered, SourceFor
from services.certs.settings import CertsSettings
from services.kernel.clock import SystemClock
from services.kernel.event import Event, decode, entry, record
from services.kernel.keys.rings import HeldRing, Signer
from services.kernel.keys.sealing import Opener
from services.kernel.keys.secrets import read_jwks
from services.kernel.keys.tokens import Jwks, public_jwks
from services.kernel.process.engines import Engines
from services.kernel.store.documents import DatabaseUnavailable, Documents
from services.kernel.store.memory import MemoryDocuments
from services.kernel.stream.broadcast import MemoryEars
from services.kernel.stream.memory_bus import MemoryBus, MemoryHearing, MemoryTail

ISSUER = "http://identity.test"
FOOD = "11100000MB9999900G901"
HYGIENE = "11100000MB9999900G902"
ROAD = "11100000MB9999900G903"
T = TypeVar("T")
CARD = "11100000000013127D001"
BUREAU, MARKET, HOSPITAL, STREET = (one.code for one in (DATA_BUREAU, MARKET_REGULATION, HEALTH, TRANSPORT))


class Wavering:
    """A store that does not answer for some calls, and then is as it was."""

    def __init__(self, documents: MemoryDocuments) -> None:
        self._documents = documents
        self.silent = 0
        # The method at whose next call the silence begins, on any collection or one, and for how many calls.
        self.silent_at = ("", 0)
        self.lose_answers = False
        self.before: dict[str, Callable[[], None]] = {}  # what happens in the store just before the next call

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - stands for any method
        method = getattr(self._documents, name)

        async def call(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - the same
            self.before.pop(name, lambda: None)()
            of_one = getattr(arguments[0], "name", "") if arguments else ""
            if self.silent_at[0] in {name, f"{name} {of_one}"}:
                self.silent, self.silent_at = self.silent_at[1], ("", 0)
            if self.silent > 0:
                self.silent -= 1
                if self.lose_answers:
                    await method(*arguments, **named)
                raise DatabaseUnavailable("taken away by a test")
            return await method(*arguments, **named)

        return call


@dataclass
class Office:
    """What a test needs of one running certs."""

    parts: Parts
    engines: Engines
    documents: MemoryDocuments
    wavering: Wavering
    bus: MemoryBus
    client: httpx.AsyncClient
    secrets_dir: Path
    signer: Signer
    versions: dict[str, int] = field(default_factory=dict)

    async def register(
        self, organisation: str, *, own: Sequence[str] = (), source_for: dict[str, list[str]] | None = None
    ) -> None:
        """Let identity say it, and wait until it is heard."""
        version = self.versions[organisation] = self.versions.get(organisation, 0) + 1
        sources = tuple(
            SourceFor(authority=authority, certificate_types=tuple(types))
            for authority, types in (source_for or {}).items()
        )
        await self.say(
            OrganisationRegistered(
                organisation=organisation,
                version=version,
                certificate_types=tuple(own),
                source_for=sources,
                items=(),
            ),
            version=version,
        )
        await eventually(lambda: self._heard(organisation, version))

    async def say(self, event: Event, *, version: int = 1) -> None:
        """As another service would."""
        await self.bus.publish([record(entry(event, version=version, at=SystemClock().now()))])

    def token(
        self,
        organisation: str | None = BUREAU,
        *,
        scope: str = "approvals:write",
        kind: str = "machine",
        roles: Sequence[str] = (),
    ) -> str:
        now = int(time())
        claims = {
            "iss": ISSUER,
            "sub": "client:test",
            "aud": "yima",
            "exp": now + 600,
            "iat": now,
            "jti": uuid.uuid4().hex,
            "client_id": f"client-of-{organisation}",
            "scope": scope,
            "kind": kind,
        }
        claims |= {"roles": " ".join(roles)} if kind == "operator" else {}
        return self.signer.sign(
            claims | ({"organisation": organisation} if organisation else {}), typ="at+jwt"
        )

    async def post(
        self, approval: dict[str, Any], *, sender: str | None = BUREAU, key: str | None = None
    ) -> httpx.Response:
        """Hand in one approval."""
        headers = self.headers(sender, key=key or uuid.uuid4().hex) | {"Content-Type": "application/json"}
        # With every character escaped: httpx would refuse to send half a surrogate pair.
        return await self.client.post("/v1/approvals", content=json.dumps(approval), headers=headers)

    def headers(self, sender: str | None = BUREAU, *, key: str | None = None) -> dict[str, str]:
        bearer = {"Authorization": f"Bearer {self.token(sender)}"}
        return bearer | ({"Idempotency-Key": key} if key else {})

    async def upload(
        self, content: bytes, filename: str = "permits.csv", *, key: str | None = None
    ) -> httpx.Response:
        """Hand in a file."""
        headers = self.headers(key=key or uuid.uuid4().hex)
        path, query = "/v1/approvals:import", {"filename": filename}
        return await self.client.post(path, params=query, content=content, headers=headers)

    async def imported(self, content: bytes, filename: str = "permits.csv") -> dict[str, Any]:
        """Hand in a file and wait until every row is dealt with."""
        answer = await self.upload(content, filename)
        assert answer.status_code == 202, answer.text
        return await eventually(lambda: self.ended(answer.json()["import_id"]))

    async def ended(self, import_id: str) -> dict[str, Any]:
        """The import once it no longer runs."""
        answer = await self.client.get(f"/v1/imports/{import_id}", headers=self.headers())
        shown: dict[str, Any] = answer.json()
        return shown if shown["state"] != "running" else {}

    async def issued(self, *, count: int = 1) -> list[CertificateIssued]:
        """What certs has said, once it is so much; repeats left out."""

        async def said() -> list[CertificateIssued]:
            records = self.bus.topics[CertificateIssued.topic()]
            heard = {one.header("ce_id"): decode(CertificateIssued, one).event for one in records}
            return list(heard.values()) if len(heard) >= count else []

        return await eventually(said)

    def open(self, event: CertificateIssued, *, service: str = "space") -> dict[str, Any]:
        """The sealed content, as that service reads it."""
        opener = Opener(read_jwks(self.secrets_dir / service / "sealing.jwks"))
        place = {"event_type": event.type, "holder_id": event.holder_id, "version": event.version}
        content: dict[str, Any] = json.loads(opener.open(event.sealed, **place))  # type: ignore[arg-type]
        return content

    def everything(self) -> str:
        """All that is kept and all that was said, as text."""
        return repr(vars(self.documents)) + repr(dict(self.bus.topics))

    async def _heard(self, organisation: str, version: int) -> bool:
        kept = vars(self.documents)["_kept"].get("organisations", {}).get(organisation, {})
        return bool(kept.get("heard_version", 0) >= version)


async def eventually(look: Callable[[], Awaitable[T]]) -> T:
    """What `look` gives as soon as it is true."""
    seen: list[T] = []

    async def holds() -> bool:
        seen[:] = [await look()]
        return bool(seen[0])

    assert await until(holds, within=20), f"did not come about: {seen}"
    return seen[0]


@asynccontextmanager
async def an_office(
    secrets_dir: Path, *, kept_in: MemoryDocuments | None = None, **settings: Any
) -> AsyncIterator[Office]:
    """Start certs, register the county, and stop all at the end."""
    make_secrets(secrets_dir)
    tokens = read_jwks(secrets_dir / "identity" / "tokens.jwks")
    documents, bus = kept_in or MemoryDocuments(), MemoryBus()
    wavering = Wavering(documents)

    async def fetch() -> Jwks:
        return public_jwks(tokens)

    engines = Engines(
        documents=cast("Documents", wavering),
        bus=bus,
        hear=lambda name, listeners, _: MemoryHearing(name, listeners, bus=bus),
        clock=SystemClock(),
        fetch_jwks=lambda _: fetch,
        ears=MemoryEars(bus),
        tail=MemoryTail(bus),
    )
    parts = assemble(CertsSettings(secrets_dir=secrets_dir, issuer=ISSUER, **settings), engines)
    running = asyncio.create_task(parts.service.run())
    transport = httpx.ASGITransport(parts.service.http())
    async with httpx.AsyncClient(transport=transport, base_url="http://certs.test") as client:
        signer = Signer(HeldRing(tokens))
        office = Office(parts, engines, documents, wavering, bus, client, secrets_dir, signer)
        await office.register(BUREAU, source_for={MARKET: [FOOD], STREET: [ROAD]})
        await office.register(MARKET, own=[FOOD])
        yield office
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
