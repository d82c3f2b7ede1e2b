"""The demo's log-ins: two processes of a real OpenID provider, one of residents and one of staff."""

import sys
from pathlib import Path
from typing import Self

from deploy.local.issuer import DISCOVERY
from deploy.local.log_in import COUNTER_AUDIENCE, PORTAL_AUDIENCE, Browser, LogIns
from deploy.local.places import LOOPBACK, ROOT, free_port
from deploy.local.processes import Processes
from deploy.local.program import Recipe

PORTS = {"province": 8190, "staff": 8191}


class Providers:
    """Both answer inside `async with`. They remember nobody from one run to the next.

    With `fixed_ports` at 8190 and 8191 unless somebody is there, otherwise on any free ports.
    """

    def __init__(self, folder: Path, *, fixed_ports: bool = False) -> None:
        self._logs = folder / "logs"
        self._processes = Processes()
        ports = {name: free_port(preferred=port if fixed_ports else 0) for name, port in PORTS.items()}
        self.urls = {name: f"http://{LOOPBACK}:{port}" for name, port in ports.items()}
        province = Browser(self.urls["province"], PORTAL_AUDIENCE)
        self.log_ins = LogIns(province, Browser(self.urls["staff"], COUNTER_AUDIENCE))

    async def __aenter__(self) -> Self:
        for name, url in self.urls.items():
            port = url.rpartition(":")[2]
            argv = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", port]
            recipe = Recipe(
                name=name, argv=[*argv, "--host", LOOPBACK], log=self._logs / f"{name}.log", cwd=ROOT
            )
            self._processes.start(recipe, url=url, ready=DISCOVERY)
        try:
            await self._processes.until_ready(self.urls)
        except BaseException:  # reason: one of the two may run already and must not stay behind
            await self._processes.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._processes.stop()
