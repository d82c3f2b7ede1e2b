"""Visits at counters: a code is shown and scanned, the holder taps, and the certificates are pulled."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.crowd import staff
from bench.driver import Driver
from deploy.local.actors import Platform
from deploy.local.county import County

PURPOSE = "办理食品经营许可证延续"
_LONG_POLL_S = 25


@dataclass(frozen=True, slots=True)
class Visit:
    """Milliseconds that the operator waited: for the scan, from tap to grant, for the match, for the pull."""

    scan: float
    tap: float
    match: float
    pull: float

    @property
    def both(self) -> float:
        """What it took before there was a tap to wait for."""
        return self.scan + self.pull


@dataclass(frozen=True, slots=True)
class Counter:
    """What all visits have in common."""

    driver: Driver
    token: str
    item: str

    @classmethod
    async def open(cls, driver: Driver, platform: Platform, county: County) -> "Counter":
        (token,) = await staff(driver, county, ["3"])
        return cls(driver, token, await item_named(platform, "食品经营许可证"))

    async def serve(self, resident_token: str) -> Visit:
        """The code is not part of the time: the holder has it on the phone. Nor is the holder's thinking."""
        shown = await self.driver.post("identity", "/v1/codes", resident_token)
        asked = {"code": shown["code"], "item": self.item, "purpose": PURPOSE}
        begun = time.perf_counter()
        scanned = await self.driver.post("identity", "/v1/scans", self.token, json=asked)
        answered = time.perf_counter()
        path = f"/v1/scans/{scanned['scan_id']}?wait={_LONG_POLL_S}"
        waiting = asyncio.create_task(self.driver.get("identity", path, self.token))
        await asyncio.sleep(0)  # the counter waits before the holder taps
        tapped = time.perf_counter()
        decision = f"/v1/me/scans/{scanned['scan_id']}/decision"
        await self.driver.post("identity", decision, resident_token, json={"decision": "approve"})
        grant = (await waiting)["grant"]
        granted = time.perf_counter()
        await self.driver.post("space", "/v1/matches", self.token, json={"grant": grant})
        matched = time.perf_counter()
        await self.driver.post("space", "/v1/pulls", self.token, json={"grant": grant})
        ended = time.perf_counter()
        took = (answered - begun, granted - tapped, matched - granted, ended - matched)
        return Visit(*(1000 * seconds for seconds in took))


async def serve_all(counter: Counter, resident_tokens: Sequence[str], *, at_once: int) -> list[Visit]:
    """So many counters side by side, each serving one holder after the other."""
    queue, served = list(resident_tokens), list[Visit]()

    async def work() -> None:
        while queue:
            served.append(await counter.serve(queue.pop()))

    async with asyncio.TaskGroup() as tasks:
        for _ in range(at_once):
            tasks.create_task(work())
    return served


async def item_named(platform: Platform, name: str) -> str:
    """The code of the first item with this in its name."""
    items = (await platform.ask("space", "GET", "/v1/items"))["items"]
    return str(next(one["item"] for one in items if name in one["name"]))
