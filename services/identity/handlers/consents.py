"""What a phone shows of scans, and the holder's tap."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.identity.domain.certificates import CertificateType
from services.identity.domain.consents import Decision, Viewer, decide, dispute
from services.identity.domain.mandates import MandateEnded
from services.identity.domain.scans import Scan
from services.identity.handlers.again import decide_again
from services.identity.handlers.scans import grant_end
from services.identity.ports import World
from services.kernel.keys.tokens import Caller

# What a phone lists: what lies further back is in the export.
LISTED = timedelta(days=92)
_FOLLOWED = timedelta(minutes=15)
_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Who asks for what and why, in names: what the approve screen must tell. `types`: None where unknown."""

    scan: Scan
    organisation_name: str
    item_name: str
    types: tuple[tuple[str, CertificateType | None], ...]
    at: datetime


async def my_scans(world: World, caller: Caller, *, limit: int) -> Sequence[Notice]:
    """Those about the caller, and those of codes that the caller showed for others; newest first."""
    viewer = await _viewer(world, caller)
    return await _notices(world, await _seen(world, viewer, LISTED, limit))


async def my_scan(world: World, caller: Caller, scan_id: str) -> Notice:
    """One of them."""
    viewer, scan = await asyncio.gather(_viewer(world, caller), world.scans.find(scan_id))
    return (await _notices(world, [viewer.sees(scan)]))[0]


async def follow_mine(world: World, caller: Caller) -> AsyncIterator[Notice | None]:
    """Those that wait for a tap, then each at once as it comes and as it changes; None: nothing new."""
    viewer = await _viewer(world, caller)
    shown: dict[str, tuple[int, str]] = {}
    begun = world.clock.now()
    with world.bells.bell(caller.actor or caller.subject, *viewer.holder_ids) as bell:
        while not bell.ended:
            yield None
            now = world.clock.now()
            for scan in reversed(await _seen(world, viewer, now - begun + _FOLLOWED, _AT_ONCE)):
                face = (scan.version, scan.state_at(now))
                old = scan.scan_id not in shown and scan.scanned_at < begun and face[1] != "pending"
                if shown.get(scan.scan_id) != face and not old:
                    yield (await _notices(world, [scan]))[0]
                shown[scan.scan_id] = face
            await bell.wait()


async def decide_scan(world: World, caller: Caller, scan_id: str, decision: Decision) -> Notice:
    """Approve or decline, once; what has changed since the code was read is asked again."""
    viewer = await _viewer(world, caller)

    async def attempt() -> Scan:
        scan = viewer.sees(await world.scans.find(scan_id))
        viewer.decides(scan)
        mandate = await world.mandates.find(scan.mandate_id) if scan.mandate_id else None
        now = world.clock.now()
        decided = decide(scan, decision, at=now, until=grant_end(world, mandate, at=now))
        if decided is None:
            return scan
        if decision == "approve":
            await _check_still(world, scan, at=now)
        after, facts = decided
        await world.scans.change(after, emit=facts)
        return after

    return (await _notices(world, [await decide_again(attempt)]))[0]


async def dispute_scan(world: World, caller: Caller, scan_id: str) -> Notice:
    """Not me: the grant is worth nothing from now on, and somebody looks into it."""
    viewer = await _viewer(world, caller)

    async def attempt() -> Scan:
        scan = viewer.sees(await world.scans.find(scan_id))
        disputed = dispute(scan, at=world.clock.now())
        if disputed is None:
            return scan
        after, facts = disputed
        await world.scans.change(after, emit=facts)
        return after

    return (await _notices(world, [await decide_again(attempt)]))[0]


async def _check_still(world: World, scan: Scan, *, at: datetime) -> None:
    """A freeze, an ended mandate or an operator who left between the scan and the tap."""
    watched = (scan.holder_id, scan.actor) if scan.actor else (scan.holder_id,)
    operator, organisation, mandate, standings = await asyncio.gather(
        world.operators.find(scan.operator),
        world.organisations.find(scan.organisation),
        world.mandates.find(scan.mandate_id or ""),
        asyncio.gather(*(world.standings.find(one) for one in watched)),
    )
    for standing in standings:
        standing.check_active()
    if operator is not None:
        operator.check_active()
    if organisation is not None:
        organisation.check_active()
    if mandate is not None:
        mandate.check_open(at=at)


async def _viewer(world: World, caller: Caller) -> Viewer:
    """A token lives longer than its mandate may."""
    if caller.mandate_id is not None:
        mandate = await world.mandates.find(caller.mandate_id)
        if mandate is None:
            raise MandateEnded("the mandate of the token is not there any more")
        mandate.check_open(at=world.clock.now())
    return Viewer(holder_ids=caller.holder_ids, actor=caller.actor, whole=caller.kind == "resident")


async def _seen(world: World, viewer: Viewer, back: timedelta, limit: int) -> Sequence[Scan]:
    found = await world.scans.of(viewer.holder_ids, since=world.clock.now() - back, limit=limit)
    return [scan for scan in found if viewer.may_see(scan)]


async def _notices(world: World, scans: Sequence[Scan]) -> Sequence[Notice]:
    organisations = {scan.organisation for scan in scans}
    items = {scan.item for scan in scans}
    wanted = {one for scan in scans for one in scan.certificate_types}
    named, called, types = await asyncio.gather(
        asyncio.gather(*(world.organisations.find(one) for one in organisations)),
        asyncio.gather(*(world.items.find(one) for one in items)),
        world.types.find_many(sorted(wanted)),
    )
    names = {one.organisation: one.name for one in named if one}
    titles = {one.item: one.name for one in called if one}
    return [
        Notice(
            scan=scan,
            organisation_name=names.get(scan.organisation, ""),
            item_name=titles.get(scan.item, ""),
            types=tuple((one, types.get(one)) for one in scan.certificate_types),
            at=world.clock.now(),
        )
        for scan in scans
    ]
