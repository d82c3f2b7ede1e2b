"""A revocation does not stand in the queue behind a file: neither in certs, nor on its way to the space."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any

import pytest
from pymongo import MongoClient

from deploy.local.waiting import until
from tests.journeys.test_a_file import HEADINGS, row
from tests.world.people import a_shop, an_approval
from tests.world.town import Town, send_to_certs

pytestmark = pytest.mark.real

ROWS = 2_000
ALONE, BESIDE = 40, 15
# A queue makes it the rows that wait, and not a factor: 5 s to the space were 150 times as long as alone.
MOST_TIMES_ALONE = 15
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
    store: MongoClient[dict[str, Any]]

    async def once(self) -> Waited:
        certificate_id, begun = next(self.certificates), time.monotonic()
        order = {"change": "revoke", "reason": "检查", "case_number": "1号", "decided_on": "2026-05-06"}
        path = f"/v1/certificates/{certificate_id}/changes"
        answer = await send_to_certs(self.town, "POST", path, json=order)
        assert answer.status_code == 201, answer.text
        acknowledged = time.monotonic() - begun
        assert await until(partial(self._has_arrived, certificate_id), within=60)
        return Waited(acknowledged=acknowledged, in_the_space=time.monotonic() - begun)

    async def _has_arrived(self, certificate_id: str) -> bool:
        entries = self.store["yima_space"]["entries"]
        entry = await asyncio.to_thread(entries.find_one, {"_id": certificate_id}, {"state": 1})
        return entry is not None and entry["state"] == "revoked"


@contextmanager
def revoking(town: Town, certificates: list[str]) -> Iterator[Revoking]:
    assert town.world is not None
    with MongoClient[dict[str, Any]](town.world.engines.mongo_url) as store:
        yield Revoking(town, iter(certificates), store)


async def issue_many(town: Town, number: int) -> list[str]:
    queue, made = iter(range(number)), list[str]()

    async def issue() -> None:
        for _ in queue:
            made.append(str((await town.approve(an_approval(a_shop())))["certificate_id"]))

    await asyncio.gather(*(issue() for _ in range(AT_ONCE)))
    return made


async def send_file(town: Town, rows: int) -> Callable[[], Awaitable[bool]]:
    """Hand it in; what is given tells whether it is still being worked through."""

    async def lines() -> AsyncIterator[bytes]:
        yield HEADINGS.encode()
        for number in range(rows):
            yield ("\n" + row(shops[number % len(shops)], number)).encode()

    shops, source = [a_shop() for _ in range(rows // 5)], town.county.source
    made = await source.ask(
        "certs", "POST", "/v1/approvals:import", params={"filename": "large.csv"}, content=lines()
    )

    async def runs() -> bool:
        shown = await source.ask("certs", "GET", f"/v1/imports/{made['import_id']}")
        return bool(shown["state"] == "running")

    return runs


async def measure(town: Town, *, rows: int) -> tuple[list[Waited], list[Waited]]:
    """Alone, and while the file is worked through."""
    with revoking(town, await issue_many(town, ALONE + max(rows // 10, 300))) as revocations:
        alone = [await revocations.once() for _ in range(ALONE)]
        runs, beside = await send_file(town, rows), list[Waited]()
        while await runs():
            beside.append(await revocations.once())
    return alone, beside


def times_alone(alone: list[Waited], beside: list[Waited]) -> dict[str, float]:
    """How many times as long the median waits."""
    return {
        name: median(getattr(one, name) for one in beside) / median(getattr(one, name) for one in alone)
        for name in Waited.__slots__
    }


class TestAnImport:
    async def test_delays_no_revocation(self, broken_town: Town) -> None:
        alone, beside = await measure(broken_town, rows=ROWS)
        assert len(beside) >= BESIDE
        ratios = times_alone(alone, beside)
        assert max(ratios.values()) < MOST_TIMES_ALONE, ratios
