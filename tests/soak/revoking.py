"""How long revocations wait, alone and beside a file that is worked through."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from statistics import median

from deploy.local.waiting import until
from tests.faults.test_an_import_beside import Stores, is_running, revoke, send_file, stores
from tests.world.people import a_shop, an_approval
from tests.world.town import Town

ALONE = 40
AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited:
    """Seconds from the request to the answer, and to the entry in the space."""

    acknowledged: float
    in_the_space: float


@dataclass(frozen=True, slots=True)
class Revoking:
    """Revokes one certificate after the other, and measures how long each waits."""

    town: Town
    certificates: Iterator[str]
    store: Stores

    async def once(self) -> Waited:
        certificate_id, begun = next(self.certificates), time.monotonic()
        await revoke(self.town, certificate_id)
        acknowledged = time.monotonic() - begun
        assert await until(partial(self._has_arrived, certificate_id), within=60)
        return Waited(acknowledged=acknowledged, in_the_space=time.monotonic() - begun)

    async def _has_arrived(self, certificate_id: str) -> bool:
        entries = self.store["yima_space"]["entries"]
        entry = await asyncio.to_thread(entries.find_one, {"_id": certificate_id}, {"state": 1})
        return entry is not None and entry["state"] == "revoked"


@contextmanager
def revoking(town: Town, certificates: list[str]) -> Iterator[Revoking]:
    with stores(town) as store:
        yield Revoking(town, iter(certificates), store)


async def issue_many(town: Town, number: int) -> list[str]:
    queue, made = iter(range(number)), list[str]()

    async def issue() -> None:
        for _ in queue:
            made.append(str((await town.approve(an_approval(a_shop())))["certificate_id"]))

    await asyncio.gather(*(issue() for _ in range(AT_ONCE)))
    return made


async def measure(town: Town, *, rows: int) -> tuple[list[Waited], list[Waited]]:
    """Alone, and while the file is worked through."""
    with revoking(town, await issue_many(town, ALONE + max(rows // 10, 300))) as revocations:
        alone = [await revocations.once() for _ in range(ALONE)]
        import_id, beside = await send_file(town, rows), list[Waited]()
        while await is_running(town, import_id):
            beside.append(await revocations.once())
    return alone, beside


def times_alone(alone: list[Waited], beside: list[Waited]) -> dict[str, float]:
    """How many times as long the median waits."""
    return {
        name: median(getattr(one, name) for one in beside) / median(getattr(one, name) for one in alone)
        for name in Waited.__slots__
    }
