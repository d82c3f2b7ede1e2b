"""The whole of Yima on this machine: engines, topics, keys and every service, as processes."""

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

from deploy.local.engine import Engine
from deploy.local.engines import Engines
from deploy.local.places import LOOPBACK, ROOT, SERVICES, claim, free_port
from deploy.local.ports import require_ports, service_ports
from deploy.local.processes import Processes
from deploy.local.program import Recipe
from deploy.secrets import make_secrets
from deploy.topics import create_topics, read_topics

# A crowd at one counter and through one portal: for measurements and tests, never for a county.
CROWDS = {
    "YIMA_SCANS_A_MINUTE": "1000000",
    "YIMA_LOOKUPS_A_MINUTE": "1000000",
    "YIMA_TOKENS_A_MINUTE": "1000000",
    "YIMA_REGISTRATIONS_A_MINUTE": "1000000",
    "YIMA_PULLS_AN_HOUR": "1000000",
}
_COPY_STEP = 100
_KAFKA_PORT = 9092
_MONGO_PORT = 27017


def service_command(service: str) -> list[str]:
    return [sys.executable, "-m", f"services.{service}", "all"]


class LocalWorld:
    """All is ready inside `async with LocalWorld(folder) as world:`, and nothing is left after it.

    Data, keys and logs are in the folder; the same folder again goes on where it was.
    With a `first_port` copy k of the services listens on the four from there + 100 k, otherwise anywhere.
    `env` is added to the environment of every service; `say` is told each step of the start.
    """

    def __init__(
        self,
        folder: Path,
        *,
        copies: int = 1,
        first_port: int | None = None,
        env: Mapping[str, str] | None = None,
        services: Sequence[str] = SERVICES,
        command: Callable[[str], list[str]] = service_command,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.folder = folder.resolve()
        self.secrets_dir = self.folder / "secrets"
        self.logs = self.folder / "logs"
        self._copies, self._first_port = copies, first_port
        self._service_names, self._command = tuple(services), command
        self._env, self._say = dict(env or {}), say
        self._stack = AsyncExitStack()
        self._processes = Processes()

    @property
    def kafka(self) -> Engine:
        """start, stop, kill, pause, resume; refused when KAFKA_BOOTSTRAP names one from outside."""
        return self.engines.kafka

    @property
    def database(self) -> Engine:
        """The same for MONGO_URL."""
        return self.engines.database

    @property
    def issuer(self) -> str:
        return self.url(self._service_names[0])

    def url(self, service: str, copy: int = 0) -> str:
        return f"http://{LOOPBACK}:{self._ports[service, copy]}"

    def urls(self, service: str) -> list[str]:
        return [self.url(service, copy) for copy in range(self._copies)]

    def pids(self) -> dict[str, int]:
        """What runs, by name: kafka, database, identity-0, identity-1, ..."""
        return self.engines.pids() | self._processes.pids()

    async def kill(self, service: str, copy: int = 0) -> None:
        """With SIGKILL: no chance to end in good order."""
        await self._processes.kill(f"{service}-{copy}")

    async def terminate(self, service: str, copy: int = 0) -> None:
        """SIGTERM, and return when it is gone."""
        await self._processes.terminate(f"{service}-{copy}")

    async def restart(self, service: str, copy: int = 0) -> None:
        """Start it again, on the same port, and return when it is ready."""
        await self._processes.restart(f"{service}-{copy}")

    def pause(self, service: str, copy: int = 0) -> None:
        """SIGSTOP: it keeps its connections, its partitions and its leases, and does nothing."""
        self._processes.pause(f"{service}-{copy}")

    def resume(self, service: str, copy: int = 0) -> None:
        self._processes.resume(f"{service}-{copy}")

    async def watch(self) -> None:
        """ProgramFailed as soon as a service ends that nobody ended; runs until then."""
        await self._processes.watch()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            stack.enter_context(claim(self.folder))
            await self._start(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _start(self, stack: AsyncExitStack) -> None:
        self._ports = self._choose_ports()
        self.engines = Engines(self.folder, **self._engine_ports())
        self.logs.mkdir(exist_ok=True)
        self._say("Kafka and the database start")
        await stack.enter_async_context(self.engines)
        await create_topics(self.engines.kafka_bootstrap, read_topics())
        make_secrets(self.secrets_dir)
        self._say(f"services start: {', '.join(self._service_names)}")
        stack.push_async_callback(self._processes.stop)
        for service, copy in self._ports:
            self._processes.start(self._recipe(service, copy), url=self.url(service, copy))
        await self._processes.until_ready(f"{service}-{copy}" for service, copy in self._ports)

    def _engine_ports(self) -> dict[str, int]:
        return {"kafka_port": _KAFKA_PORT, "mongo_port": _MONGO_PORT} if self._first_port else {}

    def _choose_ports(self) -> dict[tuple[str, int], int]:
        asked = [(service, copy) for service in self._service_names for copy in range(self._copies)]
        if self._first_port is None:
            return {one: free_port() for one in asked}
        chosen: dict[tuple[str, int], int] = {}
        for copy in range(self._copies):
            ports = service_ports(self._first_port + _COPY_STEP * copy)
            require_ports(ports)
            chosen |= {(service, copy): port for port, service in ports.items()}
        return {one: chosen[one] for one in asked}

    def _recipe(self, service: str, copy: int) -> Recipe:
        name = f"{service}-{copy}"
        return Recipe(
            name=name,
            argv=self._command(service),
            log=self.logs / f"{name}.log",
            cwd=ROOT,
            env={
                "KAFKA_BOOTSTRAP": self.engines.kafka_bootstrap,
                "MONGO_URL": self.engines.mongo_url,
                "YIMA_SECRETS": str(self.secrets_dir),
                "YIMA_HOST": LOOPBACK,
                "YIMA_PORT": str(self._ports[service, copy]),
                "YIMA_ISSUER": self.issuer,
                "PYTHONUNBUFFERED": "1",
                # The driver's threads otherwise keep an arena each: 282 against 186 MB in a large import.
                "MALLOC_ARENA_MAX": "1",
                **self._env,
            },
        )
