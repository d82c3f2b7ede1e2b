"""One running Yima with its county settled and a partner that listens: what a journey is played in."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from deploy.local.actors import Answered, Operator, Platform, Resident, register_holder
from deploy.local.county import County, settle
from deploy.local.neighbour import Neighbour
from deploy.local.reaching import reach
from deploy.local.waiting import until
from deploy.local.world import LocalWorld
from services.kernel.stream.bus import Bus
from services.kernel.stream.kafka import KafkaBus
from tests.world.memory import MemoryWorld

# Reached in a second; the bound is for a machine that is busy with other things, or a broken promise.
PATIENCE_S = 60.0
ALLOWED = {"NOTIFY_ALLOWED_NETWORKS": "127.0.0.0/8"}

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

    async def resident(self, holder: dict[str, str]) -> Resident:
        """Register and sign in a holder."""
        return await register_holder(self.county.front_desk, **holder)

    def operator(self, staff_id: str = "wang-li", counter: str = "3 号窗口") -> Operator:
        return Operator(self.county.counter, staff_id, counter)

    async def approve(self, approval: dict[str, Any], **request: Any) -> dict[str, Any]:
        """The county's data bureau hands in an approval."""
        return await self.county.source.ask("certs", "POST", "/v1/approvals", json=approval, **request)

    async def entries(self, resident: Resident, *, count: int = 1) -> list[dict[str, Any]]:
        """The resident's entries, once there are so many."""

        async def enough() -> list[dict[str, Any]]:
            entries = await resident.entries()
            return entries if len(entries) >= count else []

        return await eventually(enough)


async def _open(
    stack: AsyncExitStack, platform: Platform, bus: Bus, folder: Path, world: LocalWorld | None
) -> Town:
    partner = await stack.enter_async_context(Neighbour(folder))
    county = await settle(platform)
    await partner.subscribe(county.partner)
    return Town(platform, county, partner, bus, platform.keys.parent, world)


@asynccontextmanager
async def memory_town(folder: Path, *, copies: int = 1) -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(MemoryWorld(folder, copies=copies))
        yield await _open(stack, world.platform, world.bus, folder, None)


@asynccontextmanager
async def real_town(folder: Path, *, copies: int = 1) -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(LocalWorld(folder, copies=copies, env=ALLOWED))
        bus = KafkaBus(world.engines.kafka_bootstrap)
        stack.push_async_callback(bus.close)
        yield await _open(stack, await reach(world, stack), bus, folder, world)


async def refused(asking: Awaitable[Any]) -> Answered:
    """The problem that the answer must be."""
    try:
        answer = await asking
    except Answered as problem:
        return problem
    raise AssertionError(f"was not refused: {answer}")
