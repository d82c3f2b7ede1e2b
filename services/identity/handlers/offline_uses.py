"""Uses that counters made while identity was away, told of afterwards."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.identity.domain.codes import Shown
from services.identity.domain.emergency import OfflineUse, Reuse, UseOutcome
from services.identity.domain.orders import granted_types
from services.identity.domain.scans import Scan
from services.identity.handlers.documents import ids_of
from services.identity.handlers.emergency import check_not_revoked
from services.identity.handlers.presented import Code, find_bearer, find_clerk
from services.identity.handlers.scans import grant_end
from services.identity.ports import World
from services.kernel.again import decide_again
from services.kernel.clock import civil_date
from services.kernel.errors import Refusal
from services.kernel.holders import HolderId
from services.kernel.keys.tokens import Caller

log = logging.getLogger("yima.identity")


@dataclass(frozen=True, slots=True, kw_only=True)
class UseTold:
    """What became of one; `first_used_at` where it was the second, `refusal` where it does not count.

    `grant`: of a use of a concession, to settle it in the space.
    """

    outcome: UseOutcome
    scan_id: str | None = None
    first_used_at: datetime | None = None
    refusal: Refusal | None = None
    grant: str | None = None


async def record_uses(world: World, caller: Caller, uses: Sequence[OfflineUse]) -> Sequence[UseTold]:
    """Each by itself, in the order of their times; the same told twice changes nothing."""
    operator = await world.operators.find(caller.subject)
    organisation = await world.organisations.find(caller.organisation or "")
    for use in uses:
        use.order.check_by(operator, organisation)
    told: dict[int, UseTold] = {}
    for place in sorted(range(len(uses)), key=lambda one: uses[one].used_at):
        try:
            told[place] = await _record(world, uses[place])
        except Refusal as refusal:
            told[place] = UseTold(outcome="refused", refusal=refusal)
    return [told[place] for place in range(len(uses))]


async def _record(world: World, use: OfflineUse) -> UseTold:
    """Also of a code that was revoked meanwhile: that it was used is what its holder must know."""
    use.check_said(today=civil_date(world.clock.now()))
    shown = world.codes.read(use.order.code)
    use.check(shown, at=world.clock.now())
    scan = await _granted(world, use, shown, await _scan(world, use, shown))
    if await world.scans.add(scan):
        return _recorded(world, scan)
    kept = await world.scans.find(scan.scan_id)
    if kept is None:
        return _recorded(world, scan)
    if use.is_that_of(kept):
        return _recorded(world, await _renewed(world, use, shown, kept))
    reuse = Reuse.of(kept, use)
    if await world.reuses.add(reuse):
        log.warning("an emergency code was used twice", extra={"scan_id": scan.scan_id})
    return UseTold(outcome="reused", scan_id=scan.scan_id, first_used_at=reuse.first_used_at)


def _recorded(world: World, scan: Scan) -> UseTold:
    grant = world.signing.grant(scan) if scan.holds_grant(world.clock.now()) else None
    return UseTold(outcome="recorded", scan_id=scan.scan_id, grant=grant)


async def _granted(world: World, use: OfflineUse, shown: Shown, scan: Scan) -> Scan:
    """Of a concession (优待): with a grant, by which the use is settled. It opens one yes or no.

    What a scan would be refused is recorded without: nobody is charged for it.
    """
    item = await world.items.find(use.order.item)
    if item is None or not item.answers_only:
        return scan
    code = Code(scan_ids=(scan.scan_id,), code_read="emergency", holder_id=scan.holder_id)
    try:
        await check_not_revoked(world, shown)
        (_, organisation), bearer = await asyncio.gather(
            find_clerk(world, use.order), find_bearer(world, code)
        )
        use.order.check_item(item, organisation, complete=True)
        now = world.clock.now()
        bearer.checked(code, item=item.item, at=now)
        granted, withheld = granted_types(item, organisation.may_ask_for)
    except Refusal as refusal:
        log.info("an offline use of a concession gets no grant", extra={"reason": refusal.code})
        return scan
    scan = replace(scan, certificate_types=granted, withheld_types=withheld, answers_only=True)
    return scan.granted("holder_presented", at=now, until=grant_end(world, None, at=now))


async def _renewed(world: World, use: OfflineUse, shown: Shown, kept: Scan) -> Scan:
    """Whoever lost the answer, or could not settle in time, gets a grant that holds, for the same use."""

    async def attempt() -> Scan:
        scan = await world.scans.find(kept.scan_id) or kept
        ended = scan.disputed_at is not None or scan.state not in {"recorded", "granted"}
        if ended or scan.holds_grant(world.clock.now()):
            return scan
        after = await _granted(world, use, shown, scan)
        if after is scan:
            return scan
        after = replace(after, version=scan.version + 1)
        await world.scans.change(after, emit=(after.given(),))
        return after

    return await decide_again(attempt)


async def _scan(world: World, use: OfflineUse, shown: Shown) -> Scan:
    order, holder_id = use.order, HolderId(shown.holder_id or "")
    return Scan(
        scan_id=shown.code_id,
        mode="offline",
        code_read="emergency",
        holder_id=holder_id,
        holder_ids=await ids_of(world, holder_id),
        operator=order.operator,
        organisation=order.organisation,
        counter=order.counter,
        item=order.item,
        purpose=order.purpose,
        case_number=order.case_number,
        state="recorded",
        scanned_at=use.used_at,
        grant_id=world.clock.new_id(),
    )
