"""identity on memory engines, with a clock in the hand and clients that sign for themselves."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import httpx
import jwt

from deploy.local.sample.authorities import DATA_BUREAU, MARKET_REGULATION
from deploy.secrets import make_secrets
from services.identity.app import build
from services.identity.codes import CoseCodes, siv_key
from services.identity.domain.operators import Operator
from services.identity.events import ItemPublished, PublishedField, TypePublished
from services.identity.settings import IdentitySettings
from services.identity.signing import JwtSigning
from services.identity.store import CLIENTS, ITEMS, OPERATORS, TYPES, KeptOperators
from services.kernel.check_digits import mod_11_2, mod_31
from services.kernel.errors import Unavailable
from services.kernel.event import entry, record
from services.kernel.keys.rings import FileRing
from services.kernel.keys.secrets import read_jwks
from services.kernel.keys.tokens import Caller, Jwks
from services.kernel.outbox.aggregates import Aggregates
from services.kernel.process.engines import Engines
from services.kernel.store.documents import Collection, Document
from services.kernel.store.memory import MemoryDocuments
from services.kernel.stream.broadcast import MemoryEars
from services.kernel.stream.hearing import Listener
from services.kernel.stream.memory_bus import MemoryBus, MemoryHearing, MemoryTail

ISSUER = "http://identity.test"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
ITEM = "11420322MB0A00002F3000131127004"
OTHER_ITEM = "11420322MB0A00002F3000131127005"
FOOD = "11100000MB9999900G901"
HEALTH = "11100000MB9999900G902"
HERE, ELSEWHERE = MARKET_REGULATION.code, DATA_BUREAU.code
NAME, NUMBER = "欧阳禾苗", "42032219900215" + "102" + mod_11_2("42032219900215" + "102")
SHOP, SHOP_CODE = "郧西县七夕食品商行", "92420322MJ0000007" + mod_31("92420322MJ0000007")
PERSON = {"id_type": "111", "id_number": NUMBER, "name": NAME}
ENTERPRISE = {"id_type": "001", "id_number": SHOP_CODE, "name": SHOP}

LIFE = timedelta(minutes=10)

Json = dict[str, Any]


@dataclass
class HandClock:
    """Stands still until it is moved."""

    at: datetime = field(default_factory=lambda: datetime(2026, 3, 1, 8, tzinfo=UTC))

    def now(self) -> datetime:
        return self.at

    def new_id(self) -> str:
        return uuid4().hex

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


@cache
def key_folder(parent: Path) -> Path:
    """Keys take a while to make: one tree for all tests."""
    make_secrets(parent / "secrets")
    return parent / "secrets"


def claims_of(token: str) -> Json:
    """What a token says, unchecked."""
    said: Json = jwt.decode(token, options={"verify_signature": False})
    return said


def b64(value: object) -> str:
    """One part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


class LateHearing(MemoryHearing):
    """Its `caught_up` is set by the test."""

    caught_up = True


class Office:
    """One process of identity; several may share `documents` and `bus`."""

    def __init__(self, keys: Path, clock: HandClock, documents: MemoryDocuments, bus: MemoryBus) -> None:
        self.keys, self.clock, self.documents, self.bus = keys, clock, documents, bus
        self.hearing: LateHearing
        # What log-ins publish, by URL, and what was fetched.
        self.web: dict[str, Any] = {}
        self.fetched: list[str] = []
        self.service = build(IdentitySettings(secrets_dir=keys, issuer=ISSUER), self._engines())
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(self.service.http()), base_url=ISSUER)
        self._tokens: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self.service.run())
        await self.until(lambda: self.kept(CLIENTS, "admin") is not None)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._running.cancel()
        with suppress(asyncio.CancelledError):
            await self._running
        await self.http.aclose()

    def _engines(self) -> Engines:
        def hear(name: str, listeners: tuple[Listener, ...], _: object) -> LateHearing:
            self.hearing = LateHearing(name, listeners, bus=self.bus)
            return self.hearing

        def fetch(url: str) -> Callable[[], Awaitable[Jwks]]:
            async def published() -> Jwks:
                if url not in self.web:
                    raise Unavailable(f"{url} does not answer")
                self.fetched.append(url)
                found: Jwks = self.web[url]
                return found

            return published

        return Engines(
            documents=self.documents,
            bus=self.bus,
            hear=hear,  # type: ignore[arg-type]
            clock=self.clock,
            fetch_jwks=fetch,
            ears=MemoryEars(self.bus),
            tail=MemoryTail(self.bus),
        )

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for a condition that this process brings about."""
        async with asyncio.timeout(5):
            while not holds():  # noqa: ASYNC110 - a test waits for whatever it is about
                await asyncio.sleep(0)

    def waiting(self) -> int:
        """How many answers this process keeps open."""
        assert self.service.broadcast is not None
        return self.service.broadcast.waiting

    def hears(self) -> bool:
        """Whether this process hears what must wake it."""
        assert self.service.broadcast is not None
        return self.service.broadcast.hearing

    async def silence(self) -> None:
        """From now on this process hears nothing that would wake it."""
        assert self.service.broadcast is not None
        self.service.broadcast.ring = lambda record: None  # type: ignore[method-assign]  # noqa: ARG005 - named as the real one

    async def heard_all(self) -> None:
        """Return when what is on the topics has been dealt with; the rest of a test must not race it."""
        await self.service.relay.drained()
        for _ in range(200):
            await asyncio.sleep(0)
        await self.service.relay.drained()

    def kept_item(self) -> Document:
        """The item as the service has heard of it."""
        return self.kept(ITEMS, ITEM) or {}

    def world_codes(self) -> CoseCodes:
        """Writes codes as the service does."""
        file = self.keys / "identity" / "codes.jwks"
        return CoseCodes(FileRing(file), siv_key(read_jwks(file)))

    def kept(self, collection: Collection, document_id: str) -> Document | None:
        """A document as it is."""
        found: Document | None = self.documents._kept.get(collection.name, {}).get(document_id)  # noqa: SLF001
        return found

    def jwk(self, name: str) -> Json:
        """The private key of a client of the demo."""
        found: Json = json.loads((self.keys / "clients" / f"{name}.jwk").read_text())
        return found

    def assertion(self, client: str, subject: str = "", *, key: str = "", **changes: Any) -> str:
        """Signed by `key`, which is the client's own unless a test has others in mind; None leaves out."""
        now = int(self.clock.now().timestamp())
        said: Json = {"iss": client, "sub": subject or client, "aud": ISSUER, "jti": uuid4().hex}
        said |= {"iat": now, "exp": now + 120} | changes
        said = {name: value for name, value in said.items() if value is not None}
        # Below `jwt.encode`, which would refuse to write claims of a wrong shape.
        signer, kid = jwt.PyJWK(self.jwk(key or client), "ES256"), self.jwk(client)["kid"]
        return jwt.PyJWS().encode(json.dumps(said).encode(), signer, headers={"kid": kid, "typ": "JWT"})

    async def ask_as_client(self, assertion: str, **more: str) -> httpx.Response:
        """client_credentials with a signed assertion."""
        form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE}
        return await self.http.post("/v1/token", data=form | {"client_assertion": assertion} | more)

    async def exchange(self, client: str, token: str, kind: str = ID_TOKEN, **more: str) -> httpx.Response:
        """A client brings a token of somebody."""
        brought = {"grant_type": EXCHANGE, "subject_token": token, "subject_token_type": kind}
        return await self.ask_as_client(self.assertion(client), **brought | more)

    async def refresh(self, client: str, refresh_token: str) -> httpx.Response:
        """A client brings its refresh token."""
        brought = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return await self.ask_as_client(self.assertion(client), **brought)

    async def token(self, client: str) -> str:
        """Of the client itself."""
        if client not in self._tokens:
            answer = await self.ask_as_client(self.assertion(client))
            self._tokens[client] = answer.json()["access_token"]
        return self._tokens[client]

    def mint(self, caller: Caller) -> str:
        """An access token as identity signs it, without the sign-in, which `test_sign_in.py` has."""
        signing = JwtSigning(FileRing(self.keys / "identity" / "tokens.jwks"), ISSUER)
        return signing.access_token(caller, token_id=uuid4().hex, at=self.clock.now(), life=LIFE)

    async def resident(self, holder_id: str, **more: Any) -> str:
        """Signed in as this holder."""
        who = Caller(
            subject=holder_id,
            kind="resident",
            client_id="portal",
            holder_ids=(holder_id,),
            signed_in_at=self.clock.now(),
        )
        return self.mint(replace(who, **more))

    async def operator(
        self, staff_id: str = "w001", *roles: str, organisation: str = HERE, counter: str = "3号窗口"
    ) -> str:
        """At a counter, on the list of staff with these roles."""
        operator_id = f"{staff_id}@staff"
        world_operators = KeptOperators(self.documents, self.aggregates(OPERATORS))
        if await world_operators.find(operator_id) is None:
            listed = Operator(
                operator_id=operator_id, version=1, organisation=organisation, roles=frozenset(roles)
            )
            await world_operators.keep(listed, emit=listed.changed(by="admin"))
        return self.mint(
            Caller(
                subject=operator_id,
                kind="operator",
                client_id="counter",
                organisation=organisation,
                counter=counter,
                roles=frozenset(roles),
            )
        )

    async def remove_operator(self, staff_id: str) -> None:
        """Taken off the list of staff."""
        await self.call("DELETE", f"/v1/operators/{staff_id}@staff", await self.token("admin"))

    def aggregates(self, collection: Collection) -> Aggregates:
        """As the service has them."""
        return Aggregates(self.documents, collection, self.service.relay, self.clock)

    async def call(
        self, method: str, path: str, token: str, *, key: str = "", **request: Any
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key or uuid4().hex}
        if (
            "json" in request
        ):  # with every character escaped: httpx would refuse to send half a surrogate pair
            request["content"] = json.dumps(request.pop("json")).encode()
            headers["Content-Type"] = "application/json"
        return await self.http.request(method, path, headers=headers, **request)

    async def put_organisation(self, organisation: str = HERE, **said: object) -> httpx.Response:
        body = {
            "name": "郧西县市场监督管理局",
            "certificate_types": [FOOD],
            "source_for": [],
            "items": [ITEM],
            "may_ask_for": [FOOD, HEALTH],
        }
        return await self.call(
            "PUT", f"/v1/organisations/{organisation}", await self.token("admin"), json=body | said
        )

    async def put_client(self, name: str, **said: object) -> httpx.Response:
        public = {part: value for part, value in self.jwk(name).items() if part != "d"}
        body = {"organisation": HERE, "jwks": {"keys": [public]}, "scopes": []}
        return await self.call("PUT", f"/v1/clients/{name}", await self.token("admin"), json=body | said)

    async def register(self, holder: Json = PERSON, **request: Any) -> httpx.Response:
        return await self.call("POST", "/v1/holders", await self.token("front-desk"), json=holder, **request)

    async def holder_id(self, holder: Json = PERSON) -> str:
        return str((await self.register(holder)).json()["holder_id"])

    async def code(self, holder: Json = PERSON) -> str:
        """A fresh one, shown by its holder."""
        answer = await self.call("POST", "/v1/codes", await self.resident(await self.holder_id(holder)))
        return str(answer.json()["code"])

    async def scan(self, code: str, *, key: str = "", token: str = "", **changes: object) -> httpx.Response:
        said = {"code": code, "item": ITEM, "purpose": "办理食品经营许可变更"} | changes
        said = {name: value for name, value in said.items() if value is not None}
        return await self.call("POST", "/v1/scans", token or await self.operator(), key=key, json=said)

    async def publish_item(
        self,
        item: str = ITEM,
        *,
        version: int = 1,
        required: tuple[str, ...] = (FOOD, HEALTH),
        basis: str = "",
        answers_only: bool = False,
    ) -> None:
        """As space would say it; with a `basis` in law it is statutory."""
        said = ItemPublished(
            item=item,
            version=version,
            name="食品经营许可变更",
            required=required,
            statutory=bool(basis),
            basis=basis,
            answers_only=answers_only,
        )
        await self.bus.publish([record(entry(said, version=version, at=self.clock.now()))])

    async def publish_type(self, certificate_type: str, *, version: int = 1, sensitive: bool = False) -> None:
        """As certs would say it."""
        fields = (PublishedField(name="number", term="证照编号", sensitive=sensitive),)
        said = TypePublished(
            certificate_type=certificate_type, version=version, name="食品经营许可证", fields=fields
        )
        await self.bus.publish([record(entry(said, version=version, at=self.clock.now()))])
        kept = partial(self.kept, TYPES, certificate_type)
        await self.until(lambda: (kept() or {}).get("heard_version") == version)

    async def open_counter(self) -> None:
        """An organisation, who signs residents in, who signs operators in, and an item."""
        await self.put_organisation()
        await self.put_client("front-desk", scopes=["holders:write"])
        await self.put_client("counter")
        await self.publish_item()
        await self.publish_type(FOOD)
        await self.publish_type(HEALTH)
        await self.until(lambda: self.kept(ITEMS, ITEM) is not None)

    async def said(self, topic: str) -> list[Json]:
        """The bodies on a topic, when all has been published."""
        await self.service.relay.drained()
        return [json.loads(one.value) for one in self.bus.topics[topic]]
