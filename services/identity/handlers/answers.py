"""What the counter is told of a scan: at once, when the holder has tapped, or as it happens."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.identity.domain.holders import Holder, HolderUnknown
from services.identity.domain.scans import Scan, ScanUnknown
from services.identity.handlers.staff import operator_at_work
from services.identity.ports import World
from services.kernel.keys.tokens import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """As the scan stands `at` that moment; `grant` while there is one."""

    scan: Scan
    holder: Holder
    grant: str | None
    at: datetime


async def see_scan(world: World, caller: Caller, scan_id: str, *, wait: timedelta) -> Scanned:
    """Show the operator's own scan: at once, or when the holder has decided, or after this time."""
    await operator_at_work(world, caller)
    scan = _own(await world.scans.find(scan_id), caller)
    with world.bells.bell(caller.subject, scan.scan_id, scan.grant_id) as bell, suppress(TimeoutError):
        async with asyncio.timeout(wait.total_seconds()):
            while wait and _waits(world, scan) and not bell.ended:
                await bell.wait()
                scan = _own(await world.scans.find(scan_id), caller)
    return await show(world, scan)


async def follow_scan(world: World, caller: Caller, scan_id: str) -> AsyncIterator[Scanned | None]:
    """Show the operator's own scan now and once it is decided, then end; None: still waiting."""
    await operator_at_work(world, caller)
    scan = _own(await world.scans.find(scan_id), caller)
    with world.bells.bell(caller.subject, scan.scan_id, scan.grant_id) as bell:
        yield await show(world, scan)
        while _waits(world, scan) and not bell.ended:
            yield None
            await bell.wait()
            scan = _own(await world.scans.find(scan_id), caller)
            if not _waits(world, scan):
                yield await show(world, scan)


def _waits(world: World, scan: Scan) -> bool:
    return scan.state_at(world.clock.now()) == "pending"


def _own(scan: Scan | None, caller: Caller) -> Scan:
    if scan is None or (scan.operator, scan.organisation) != (caller.subject, caller.organisation):
        raise ScanUnknown("no such scan of yours")
    return scan


async def show(world: World, scan: Scan) -> Scanned:
    """With the holder as registered now."""
    holder = await world.holders.find(scan.holder_id)
    if holder is None:
        raise HolderUnknown("the holder of this code is not registered any more")
    return told(world, scan, holder)


def told(world: World, scan: Scan, holder: Holder) -> Scanned:
    """With the grant, as long as it is good: at each call the same claims."""
    now = world.clock.now()
    grant = world.signing.grant(scan) if scan.holds_grant(now) else None
    return Scanned(scan=scan, holder=holder, grant=grant, at=now)
