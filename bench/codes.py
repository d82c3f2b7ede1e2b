"""Codes issued, drawn, scanned at a steady rate and checked offline; and what an answer's time gives away."""

import asyncio
import json
import time
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from bench.bare import greeter
from bench.crowd import sign_in, staff
from bench.driver import Driver, Json
from bench.figures import Aim, Figure, percentile, spread
from bench.holders import holder
from bench.rates import rate_here, rate_of
from bench.visits import item_named
from deploy.local.actors import Platform
from deploy.local.county import County
from services.identity.drawing import ZintDrawing
from services.identity.offline import check, read_bundle
from services.kernel.clock import SystemClock

AIM_ISSUED = 0.25
AIM_DRAWN = Aim(300, ">=")
AIM_SCAN_P99 = Aim(40)
AIM_OFFLINE = Aim(2_000, ">=")
AIM_ALIKE = Aim(5)
SCANS_A_SECOND = 50.0
PURPOSE = "查询企业登记信息"
_COUNTERS = 8
_TURNS = 10
# A code is shown this long before its scan is due: long enough to be there, and far from its end.
_SHOWN_BEFORE_S = 1.0
_UNKNOWN_SERIAL = 700_000


async def issued(driver: Driver, token: str, *, logs: Path, count: int) -> Figure:
    """Text only, over HTTP, beside the least that FastAPI does on such a worker; by turns."""

    async def once() -> Json:
        return await driver.post("identity", "/v1/codes", token)

    ours, bare, each = 0.0, 0.0, count // _TURNS
    async with greeter(logs) as hello:
        await rate_of(once, count=each)
        await rate_of(hello, count=each)
        for _ in range(_TURNS):
            ours += each / await rate_of(once, count=each)
            bare += each / await rate_of(hello, count=each)
    hellos = _TURNS * each / bare
    return Figure(
        name="codes issued over HTTP",
        value=_TURNS * each / ours,
        unit="/s",
        aim=Aim(AIM_ISSUED * hellos, ">="),
        bare=hellos,
        beside="hellos, by turns",
    )


async def drawn(driver: Driver, token: str, *, count: int) -> Figure:
    """SVG, on one core of this process."""
    text, drawing = (await driver.post("identity", "/v1/codes", token))["code"], ZintDrawing()
    rate = rate_here(lambda: drawing.svg(text), count=count)
    return Figure(name="QR codes drawn, a core", value=rate, unit="/s", aim=AIM_DRAWN)


async def checked_offline(driver: Driver, token: str, *, count: int) -> Figure:
    """An emergency code against keys and lists, on one core of this process."""
    fetched = await driver.post(
        "identity", "/v1/me/emergency-codes", token, json={"concessions": ["elderly"]}
    )
    bundle = read_bundle(json.dumps(await driver.get("identity", "/v1/offline-bundle", token)))
    code, at = fetched["codes"][0]["code"], SystemClock().now()
    rate = rate_here(lambda: check(code, bundle, at=at), count=count)
    return Figure(name="emergency codes checked offline, a core", value=rate, unit="/s", aim=AIM_OFFLINE)


async def scanned(
    driver: Driver, platform: Platform, county: County, tokens: Sequence[str], *, count: int
) -> list[Figure]:
    """For an item that needs no tap: verified, used up and granted; open loop, from the moment it is due."""
    item = await item_named(platform, "企业登记信息")
    counters = await staff(driver, county, [f"bench-{number}" for number in range(_COUNTERS)])
    begin = time.perf_counter() + 2 * _SHOWN_BEFORE_S

    async def one(number: int) -> float:
        due = begin + number / SCANS_A_SECOND
        await asyncio.sleep(due - _SHOWN_BEFORE_S - time.perf_counter())
        shown = await driver.post("identity", "/v1/codes", tokens[number % len(tokens)])
        asked = {"code": shown["code"], "item": item, "purpose": PURPOSE}
        await asyncio.sleep(due - time.perf_counter())
        answer = await driver.post("identity", "/v1/scans", counters[number % _COUNTERS], json=asked)
        if answer["state"] != "granted":
            raise ValueError(f"a scan without sensitive fields is {answer['state']}; needed: granted")
        return (time.perf_counter() - due) * 1000

    took = await asyncio.gather(*map(one, range(count)))
    return spread(f"code scanned -> grant at {SCANS_A_SECOND:g}/s", took, p99=AIM_SCAN_P99)


async def told_apart(driver: Driver, county: County, *, count: int) -> list[Figure]:
    """How much longer an answer about a number takes when nobody with it is registered: by turns."""
    (token,) = await staff(driver, county, ["bench-hotline"], "hotline")
    known = [_UNKNOWN_SERIAL + number for number in range(count)]
    await sign_in(driver, county, known)
    unknown = [_UNKNOWN_SERIAL + count + number for number in range(count)]
    took: dict[bool, list[float]] = {True: [], False: []}
    for serial in chain.from_iterable(zip(known, unknown, strict=True)):
        begun = time.perf_counter()
        await driver.post("identity", "/v1/holders:freeze", token, json=_frozen(serial))
        took[serial < unknown[0]].append((time.perf_counter() - begun) * 1000)
    there, not_there = percentile(took[True], 0.5), percentile(took[False], 0.5)
    apart = 100 * abs(not_there - there) / there
    return [
        Figure(name="a known number's holder frozen, p50", value=there),
        Figure(name="an unknown number's holder frozen, p50", value=not_there),
        Figure(name="  apart", value=apart, unit="%", aim=AIM_ALIKE),
    ]


def _frozen(serial: int) -> Json:
    said = holder(serial)
    return {
        "id_type": said["id_type"],
        "id_number": said["id_number"],
        "reason": "手机遗失",
        "checked": "核对名称和代码",
    }
