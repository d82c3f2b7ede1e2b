"""All services in one process on memory engines, over the same HTTP interfaces as the real ones."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self

import httpx

from deploy.local.actors import Platform
from deploy.local.issuer import Issuer
from deploy.local.log_in import COUNTER_AUDIENCE, PORTAL_AUDIENCE, LogIns, Minted
from deploy.local.world import CROWDS
from deploy.secrets import make_secrets
from services.certs.app import build as build_certs
from services.certs.settings import CertsSettings
from services.identity.app import build as build_identity
from services.identity.settings import IdentitySettings
from services.kernel.clock import SystemClock
from services.kernel.keys.tokens import Jwks
from services.kernel.process.engines import Engines
from services.kernel.process.service import Service
from services.kernel.store.memory import MemoryDocuments
from services.kernel.stream.broadcast import MemoryEars
from services.kernel.stream.memory_bus import MemoryBus, MemoryHearing, MemoryTail
from services.notify.app import build as build_notify
from services.notify.settings import NotifySettings
from services.space.app import build as build_space
from services.space.settings import SpaceSettings

ISSUER = "http://identity.test"


class MemoryWorld:
    """`copies` of each service share a store and a bus, as processes would."""

    def __init__(self, folder: Path, *, copies: int = 1) -> None:
        self.secrets_dir = folder / "secrets"
        self.bus = MemoryBus()
        self.stores = {name: MemoryDocuments() for name in ("identity", "certs", "space", "notify")}
        self._copies = copies
        self._issuers = (Issuer("https://province.test"), Issuer("https://staff.test"))
        province, staff = self._issuers
        self.log_ins = LogIns(Minted(province, PORTAL_AUDIENCE), Minted(staff, COUNTER_AUDIENCE))
        self._clients: dict[str, list[httpx.AsyncClient]] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        make_secrets(self.secrets_dir)
        tasks = await self._stack.enter_async_context(asyncio.TaskGroup())
        for name, service in ((name, made) for _ in range(self._copies) for name, made in self._services()):
            transport = httpx.ASGITransport(service.http())
            client = httpx.AsyncClient(transport=transport, base_url=f"http://{name}.test", timeout=30)
            self._clients.setdefault(name, []).append(await self._stack.enter_async_context(client))
            self._stack.callback(tasks.create_task(service.run()).cancel)
        self.platform = Platform(self._clients, issuer=ISSUER, keys=self.secrets_dir / "clients")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def _services(self) -> list[tuple[str, Service]]:
        common: dict[str, Any] = {"secrets_dir": self.secrets_dir, "issuer": ISSUER}
        crowds: dict[str, Any] = dict(CROWDS)
        notify = NotifySettings(**common, allowed_networks="127.0.0.0/8")
        return [
            ("identity", build_identity(IdentitySettings(**common, **crowds), self._engines("identity"))),
            ("certs", build_certs(CertsSettings(**common), self._engines("certs"))),
            ("space", build_space(SpaceSettings(**common, **crowds), self._engines("space"))),
            ("notify", build_notify(notify, self._engines("notify"))),
        ]

    def _engines(self, name: str) -> Engines:
        bus = self.bus
        return Engines(
            documents=self.stores[name],
            bus=bus,
            hear=lambda service, listeners, _: MemoryHearing(service, listeners, bus=bus),
            clock=SystemClock(),
            fetch_jwks=self._fetch_jwks,
            ears=MemoryEars(bus),
            tail=MemoryTail(bus),
        )

    def _fetch_jwks(self, url: str) -> Callable[[], Awaitable[Jwks]]:
        async def fetch() -> Jwks:
            for issuer in self._issuers:
                if url in issuer.documents:
                    return issuer.documents[url]
            answer = await self._clients["identity"][0].get(url)
            jwks: Jwks = answer.json()
            return jwks

        return fetch
