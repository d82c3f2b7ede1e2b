"""Visits at counters: a code is shown, scanned for an item, and its certificates are pulled."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.driver import Driver
from bench.holders import holder
from deploy.local.actors import Operator, Platform, Resident, System

PURPOSE = "办理食品经营许可证延续"
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Visit:
    """Milliseconds that the operator waited."""

    scan: float
    pull: float

    @property
    def both(self) -> float:
        return self.scan + self.pull


@dataclass(frozen=True, slots=True)
class Counter:
    """What all visits have in common."""

    driver: Driver
    token: str
    item: str

    @classmethod
    async def open(cls, driver: Driver, platform: Platform, directory: System) -> "Counter":
        items = (await platform.ask("space", "GET", "/v1/items"))["items"]
        item = next(one["item"] for one in items if "食品经营许可证" in one["name"])
        operator = Operator(directory, "wang-li", "3 号窗口")
        token = await directory.vouch(operator.staff_id, "operator", counter=operator.counter)
        return cls(driver, token, item)

    async def serve(self, resident_token: str) -> Visit:
        """The code is not part of the time: the holder has it on the phone."""
        shown = await self.driver.post("identity", "/v1/codes", resident_token)
        asked = {"code": shown["code"], "item": self.item, "purpose": PURPOSE}
        begun = time.perf_counter()
        scanned = await self.driver.post("identity", "/v1/scans", self.token, json=asked)
        between = time.perf_counter()
        await self.driver.post("space", "/v1/pulls", self.token, json={"grant": scanned["grant"]})
        ended = time.perf_counter()
        return Visit(scan=(between - begun) * 1000, pull=(ended - between) * 1000)


async def sign_in(driver: Driver, front_desk: System, serials: Sequence[int]) -> list[str]:
    """Register the holders and give a token of each."""
    token, gate = await front_desk.token(), asyncio.Semaphore(_AT_ONCE)

    async def one(serial: int) -> str:
        async with gate:
            made = await driver.post("identity", "/v1/holders", token, json=holder(serial))
            return await front_desk.vouch(Resident(front_desk, made["holder_id"]).holder_id, "resident")

    return list(await asyncio.gather(*map(one, serials)))


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
