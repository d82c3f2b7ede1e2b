"""Holders, with the phone in their hand."""

from dataclasses import dataclass
from typing import Any, Literal

from deploy.local.actors.operators import Operator
from deploy.local.actors.platform import Json
from deploy.local.actors.sessions import Acting, Signed, subject_of

Decision = Literal["approve", "decline"]


@dataclass
class Resident:
    """A person or an enterprise, or somebody who acts for one."""

    session: Signed
    holder_id: str

    @classmethod
    async def signed_in(cls, session: Signed) -> "Resident":
        """The first sign-in registers the holder."""
        return cls(session, subject_of(await session.token()))

    async def act_for(self, mandate_id: str) -> "Resident":
        """The same person, in the matter of another."""
        return await Resident.signed_in(Acting(self.session, mandate_id))

    async def ask(self, service: str, method: str, path: str, **request: Any) -> Json:
        """Call as this holder."""
        token = await self.session.token()
        return await self.session.through.platform.ask(service, method, path, token=token, **request)

    async def show_code(self) -> Json:
        """A fresh code: text, kind, expiry."""
        return await self.ask("identity", "POST", "/v1/codes")

    async def entries(self) -> list[Json]:
        """The space, newest first."""
        return list((await self.ask("space", "GET", "/v1/entries"))["entries"])

    async def accesses(self) -> list[Json]:
        """Who used what, newest first."""
        return list((await self.ask("space", "GET", "/v1/accesses"))["accesses"])

    async def messages(self) -> list[Json]:
        """The inbox, newest first."""
        return list((await self.ask("notify", "GET", "/v1/messages"))["messages"])

    async def scans(self) -> list[Json]:
        """Who read a code of theirs, newest first."""
        return list((await self.ask("identity", "GET", "/v1/me/scans"))["scans"])

    async def decide(self, scan_id: str, decision: Decision) -> Json:
        """Tap yes or no."""
        path = f"/v1/me/scans/{scan_id}/decision"
        return await self.ask("identity", "POST", path, json={"decision": decision})

    async def approve(self, scan_id: str) -> Json:
        return await self.decide(scan_id, "approve")

    async def decline(self, scan_id: str) -> Json:
        return await self.decide(scan_id, "decline")

    async def not_me(self, scan_id: str) -> Json:
        """It was somebody else who showed this code."""
        return await self.ask("identity", "POST", f"/v1/me/scans/{scan_id}/not-me")

    async def mandates(self) -> list[Json]:
        """Those given and held."""
        return list((await self.ask("identity", "GET", "/v1/mandates"))["mandates"])


async def present(resident: Resident, operator: Operator, *, item: str, purpose: str, **said: Any) -> Json:
    """Show a code, have it scanned, tap yes if it waits: the scan's answer, with its grant."""
    code = (await resident.show_code())["code"]
    scanned = await operator.scan(code, item=item, purpose=purpose, **said)
    if scanned["state"] == "pending":
        await resident.approve(scanned["scan_id"])
        scanned = await operator.wait(scanned["scan_id"])
    return scanned
