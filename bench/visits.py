"""Visits at counters: a code is shown and scanned, the holder taps, and the certificates are pulled."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.crowd import staff
from bench.driver import Driver
from bench.figures import Aim, Figure, spread
from deploy.local.actors import Platform
from deploy.local.county import County

PURPOSE = "办理食品经营许可证延续"
AIM_MATCH_P99 = Aim(40)
AIM_PULL_P99 = Aim(60)
A_SECOND = 50.0
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

    async def granted(self, resident_token: str) -> tuple[str, float, float]:
        """The grant, and how long the operator waited for the scan, and for it after the tap.

        The code is not part of the time: the holder has it on the phone. Nor is the holder's thinking.
        """
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
        grant = str((await waiting)["grant"])
        return grant, 1000 * (answered - begun), 1000 * (time.perf_counter() - tapped)

    async def serve(self, resident_token: str) -> Visit:
        """From the scan to the certificates."""
        grant, scan, tap = await self.granted(resident_token)
        begun = time.perf_counter()
        await self.ask("matches", grant)
        matched = time.perf_counter()
        await self.ask("pulls", grant)
        return Visit(scan, tap, 1000 * (matched - begun), 1000 * (time.perf_counter() - matched))

    async def ask(self, what: str, grant: str) -> None:
        """`matches` or `pulls`."""
        await self.driver.post("space", f"/v1/{what}", self.token, json={"grant": grant})


async def steady(counter: Counter, resident_tokens: Sequence[str], *, count: int) -> list[Figure]:
    """Matches, then pulls, of these holders by turns; open loop, from the moment each is due."""
    grants = [(await counter.granted(one))[0] for one in resident_tokens]
    figures: list[Figure] = []
    for what, aim in (("matches", AIM_MATCH_P99), ("pulls", AIM_PULL_P99)):
        begin = time.perf_counter()

        async def one(number: int, what: str = what, begin: float = begin) -> float:
            due = begin + number / A_SECOND
            await asyncio.sleep(due - time.perf_counter())
            await counter.ask(what, grants[number % len(grants)])
            return (time.perf_counter() - due) * 1000

        took = await asyncio.gather(*map(one, range(count)))
        figures += spread(f"{what} at {A_SECOND:g}/s", took, p99=aim)
    return figures


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
