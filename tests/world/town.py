"""One running Yima with its county settled and a partner that listens: what a journey is played in."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

from deploy.local.actors import Answered, Operator, Platform, Resident
from deploy.local.county import County, settle
from deploy.local.log_in import LogIns, minted_log_ins
from deploy.local.neighbour import Neighbour
from deploy.local.reaching import reach
from deploy.local.waiting import until
from deploy.local.world import CROWDS, LocalWorld
from services.kernel.stream.bus import Bus
from services.kernel.stream.kafka import KafkaBus
from services.kernel.stream.memory_bus import MemoryBus
from tests.world.memory import MemoryWorld
from tests.world.topics import everything_on, of_memory

# Reached in a second; the bound is for a machine that is busy with other things, or a broken promise.
PATIENCE_S = 60.0
ENV = {"NOTIFY_ALLOWED_NETWORKS": "127.0.0.0/8", **CROWDS}

T = TypeVar("T")


async def eventually(look: Callable[[], Awaitable[T]], *, within: float = PATIENCE_S) -> T:
    """What `look` gives as soon as it is true; what it gave last is in the failure."""
    seen: list[T] = []

    async def holds() -> bool:
        seen[:] = [await look()]
        return bool(seen[0])

    assert await until(holds, within=within), f"did not come about within {within} s: {seen}"
    return seen[0]


@dataclass
class Town:
    """The parts that a journey needs."""

    platform: Platform
    county: County
    partner: Neighbour
    bus: Bus
    secrets_dir: Path
    world: LocalWorld | None = None
    _staff: dict[tuple[str, ...], Operator] = field(default_factory=dict)

    async def resident(self, holder: dict[str, str]) -> Resident:
        """Sign a holder in, which registers them the first time."""
        return await self.county.resident(holder)

    def operator(self, staff_id: str = "wang-li", counter: str = "3号窗口", *roles: str) -> Operator:
        """The same one each time, signed in once."""
        known = self._staff.get((staff_id, counter, *roles))
        return known or self._staff.setdefault(
            (staff_id, counter, *roles), self.county.operator(staff_id, counter, *roles)
        )

    async def item(self, name: str) -> str:
        """The code of the first item with this in its name."""
        items = (await self.platform.ask("space", "GET", "/v1/items"))["items"]
        return str(next(one["item"] for one in items if name in one["name"]))

    async def approve(self, approval: dict[str, Any], **request: Any) -> dict[str, Any]:
        """The county's data bureau hands in an approval."""
        return await self.county.source.ask("certs", "POST", "/v1/approvals", json=approval, **request)

    async def records(self) -> list[bytes]:
        """Everything that is on any topic: keys, headers and bodies."""
        if isinstance(self.bus, MemoryBus):
            return of_memory(self.bus.topics.values())
        assert self.world is not None
        return await everything_on(self.world.engines.kafka_bootstrap)

    async def log_files(self) -> list[bytes]:
        """What the services' processes have logged; nothing where they are in this one."""
        files = sorted(self.world.logs.glob("*-?.log")) if self.world else []
        return [await asyncio.to_thread(one.read_bytes) for one in files]

    async def entries(self, resident: Resident, *, count: int = 1) -> list[dict[str, Any]]:
        """The resident's entries, once there are so many."""

        async def enough() -> list[dict[str, Any]]:
            entries = await resident.entries()
            return entries if len(entries) >= count else []

        return await eventually(enough)


async def _open(
    stack: AsyncExitStack,
    platform: Platform,
    log_ins: LogIns,
    bus: Bus,
    folder: Path,
    world: LocalWorld | None = None,
) -> Town:
    partner = await stack.enter_async_context(Neighbour(folder))
    county = await settle(platform, log_ins)
    await partner.subscribe(county.partner)
    return Town(platform, county, partner, bus, platform.keys.parent, world)


@asynccontextmanager
async def memory_town(folder: Path, *, copies: int = 1) -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(MemoryWorld(folder, copies=copies))
        yield await _open(stack, world.platform, world.log_ins, world.bus, folder)


@asynccontextmanager
async def real_town(folder: Path, *, copies: int = 1, **env: str) -> AsyncIterator[Town]:
    """`env`: knobs that this town has otherwise."""
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(LocalWorld(folder, copies=copies, env=ENV | env))
        log_ins = await stack.enter_async_context(minted_log_ins())
        bus = KafkaBus(world.engines.kafka_bootstrap)
        stack.push_async_callback(bus.close)
        yield await _open(stack, await reach(world, stack), log_ins, bus, folder, world)


async def send_to_certs(town: Town, method: str, path: str, **body: Any) -> httpx.Response:
    """As the county's data bureau, whatever the answer."""
    return await town.platform.call("certs", method, path, token=await town.county.source.token(), **body)


async def refused(asking: Awaitable[Any]) -> Answered:
    """The problem that the answer must be."""
    try:
        answer = await asking
    except Answered as problem:
        return problem
    raise AssertionError(f"was not refused: {answer}")
