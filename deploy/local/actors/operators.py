"""Members of staff at their counters."""

from dataclasses import dataclass
from typing import Any

from deploy.local.actors.platform import Json
from deploy.local.actors.sessions import Signed

# As long as identity lets one wait.
LONG_POLL_S = 25


@dataclass
class Operator:
    """Signed in through the counter's program; the staff directory says where they sit."""

    session: Signed
    staff_id: str
    counter: str

    async def ask(self, service: str, method: str, path: str, **request: Any) -> Json:
        """Call as this operator."""
        token = await self.session.token()
        return await self.session.through.platform.ask(service, method, path, token=token, **request)

    async def scan(self, code: str, *, item: str, purpose: str, key: str = "", **said: Any) -> Json:
        """Read a code: the answer as it is, granted or waiting for the holder's tap."""
        asked = {"code": code, "item": item, "purpose": purpose, **said}
        return await self.ask("identity", "POST", "/v1/scans", json=asked, key=key)

    async def wait(self, scan_id: str, *, seconds: int = LONG_POLL_S) -> Json:
        """The answer once it no longer waits, or as it is after so many seconds."""
        return await self.ask("identity", "GET", f"/v1/scans/{scan_id}", params={"wait": seconds})

    async def match(self, grant: str) -> Json:
        """What the item needs and the space has, without content."""
        return await self.ask("space", "POST", "/v1/matches", json={"grant": grant})

    async def pull(self, grant: str, *, key: str = "", **more: Any) -> Json:
        """The certificates themselves."""
        return await self.ask("space", "POST", "/v1/pulls", json={"grant": grant, **more}, key=key)
