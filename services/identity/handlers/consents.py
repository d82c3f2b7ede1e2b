"""What a phone shows of scans, and the holder's tap."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.identity.domain.certificates import CertificateType
from services.identity.domain.consents import Decision, Viewer, decide, dispute
from services.identity.domain.orders import Order, granted_types
from services.identity.domain.scans import Scan
from services.identity.handlers.bearers import check_bearer
from services.identity.handlers.presented import Code, find_bearer, find_clerk
from services.identity.handlers.scans import grant_end
from services.identity.handlers.withdrawals import withdraw_refused
from services.identity.ports import World
from services.kernel.again import decide_again
from services.kernel.errors import Refusal
from services.kernel.holders import HolderId
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
    viewer = _viewer(caller)
    return await _notices(world, await _seen(world, viewer, LISTED, limit))


async def my_scan(world: World, caller: Caller, scan_id: str) -> Notice:
    """One of them."""
    viewer, scan = _viewer(caller), await world.scans.find(scan_id)
    return (await _notices(world, [viewer.sees(scan)]))[0]


async def follow_mine(world: World, caller: Caller) -> AsyncIterator[Notice | None]:
    """Those that wait for a tap, then each at once as it comes and as it changes; None: nothing new."""
    viewer = _viewer(caller)
    shown: dict[str, tuple[int, str]] = {}
    begun = world.clock.now()
    held = [one for mine in viewer.holder_ids for one in await world.mandates.of(HolderId(mine))]
    # A scan is told under the id of whom it is about: under a mandate that is the other.
    about = {*viewer.holder_ids, *(one.principal for one in held if one.agent in viewer.holder_ids)}
    with world.bells.bell(caller.actor or caller.subject, *about) as bell:
        while not bell.ended:
            yield None
            # A stream outlives a freeze and a mandate unless it asks.
            await check_bearer(world, caller)
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
    viewer = _viewer(caller)

    async def attempt() -> Scan:
        scan = viewer.sees(await world.scans.find(scan_id))
        viewer.decides(scan)
        mandate = await world.mandates.find(scan.mandate_id) if scan.mandate_id else None
        now = world.clock.now()
        if decision == "approve" and scan.state_at(now) == "pending":
            scan = await _check_still(world, scan, at=now)
        decided = decide(scan, decision, at=now, until=grant_end(world, mandate, at=now))
        if decided is None:
            return scan
        after, facts = decided
        await world.scans.change(after, emit=facts)
        return after

    return (await _notices(world, [await decide_again(attempt)]))[0]


async def dispute_scan(world: World, caller: Caller, scan_id: str) -> Notice:
    """Not me: the grant is worth nothing from now on, and somebody looks into it."""
    viewer = _viewer(caller)

    async def attempt() -> Scan:
        scan = viewer.sees(await world.scans.find(scan_id))
        disputed = dispute(scan, at=world.clock.now())
        if disputed is None:
            return scan
        after, facts = disputed
        await world.scans.change(after, emit=facts)
        return after

    return (await _notices(world, [await decide_again(attempt)]))[0]


async def _check_still(world: World, scan: Scan, *, at: datetime) -> Scan:
    """Give it with what may be granted now, by the rule of a scan; what may not be ends with the refusal."""
    try:
        return await _asked_now(world, scan, at=at)
    except Refusal as refusal:
        await withdraw_refused(world, scan, refusal)
        raise


async def _asked_now(world: World, scan: Scan, *, at: datetime) -> Scan:
    order = Order(
        operator=scan.operator,
        organisation=scan.organisation,
        counter=scan.counter,
        code=scan.scan_id,  # the text itself is kept nowhere
        item=scan.item,
        purpose=scan.purpose,
    )
    code = Code(scan_ids=(), code_read=scan.code_read, holder_id=scan.holder_id, mandate_id=scan.mandate_id)
    (_, organisation), found, bearer = await asyncio.gather(
        find_clerk(world, order), world.items.find(scan.item), find_bearer(world, code)
    )
    item = order.check_item(found, organisation, complete=world.items.complete)
    bearer.checked(code, item=item.item, at=at)
    # Of what was shown, not of what the item lists by now: nothing is added behind the holder's back.
    shown = replace(item, required=scan.certificate_types)
    granted, withheld = granted_types(shown, organisation.may_ask_for)
    return replace(scan, certificate_types=granted, withheld_types=(*scan.withheld_types, *withheld))


def _viewer(caller: Caller) -> Viewer:
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
