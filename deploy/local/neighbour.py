"""The sample partner of a local world: its process, its secret and what it has received."""

import hashlib
import json
import sys
from pathlib import Path
from typing import Self

from deploy.local.actors import System
from deploy.local.places import LOOPBACK, ROOT, free_port
from deploy.local.processes import Processes
from deploy.local.program import Recipe

PORT = 8180
EVENTS = ("space.entry.added.v1", "space.entry.changed.v1", "space.access.recorded.v1")


class Neighbour:
    """Runs inside `async with`; goes on with the same secret and file in the same folder.

    With `fixed_ports` at 8180 unless somebody is there, otherwise on any free port.
    """

    def __init__(self, folder: Path, *, fixed_ports: bool = False) -> None:
        self.received = folder / "partner.jsonl"
        self._secret = folder / "partner.secret"
        self._log = folder / "partner.log"
        self._processes = Processes()
        self.url = f"http://{LOOPBACK}:{free_port(preferred=PORT if fixed_ports else 0)}"

    async def __aenter__(self) -> Self:
        port = self.url.rpartition(":")[2]
        files = ["--secret-file", str(self._secret), "--out", str(self.received)]
        argv = [sys.executable, "-m", "deploy.local.partner", "--port", port, *files]
        recipe = Recipe(name="partner", argv=argv, log=self._log, cwd=ROOT)
        self._processes.start(recipe, url=self.url)
        await self._processes.until_ready(["partner"])
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._processes.stop()

    async def subscribe(self, partner: System) -> None:
        """Once for this address and these types: the same key each time, so the same secret in the answer."""
        webhook = f"{self.url}/webhook"
        wanted = {"url": webhook, "event_types": list(EVENTS)}
        key = hashlib.sha256(json.dumps(wanted).encode()).hexdigest()
        made = await partner.ask("notify", "POST", "/v1/subscriptions", json=wanted, key=key)
        self._secret.touch(mode=0o600)
        self._secret.write_text(made["secret"])

    async def events(self) -> list[dict[str, object]]:
        """All that it has verified, in order, repeats included."""
        lines = self.received.read_text().splitlines() if self.received.exists() else []
        return [json.loads(line) for line in lines]

    async def ids(self) -> set[str]:
        """The distinct events."""
        return {str(event["id"]) for event in await self.events()}

    async def distinct(self) -> int:
        """How many distinct events."""
        return len(await self.ids())

    async def has(self, number: int) -> bool:
        """Whether there are so many by now."""
        return await self.distinct() >= number
