"""Uses that counters made while identity was away, told of afterwards."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.identity.domain.codes import Shown
from services.identity.domain.emergency import OfflineUse, Reuse, UseOutcome
from services.identity.domain.scans import Scan
from services.identity.handlers.documents import ids_of
from services.identity.ports import World
from services.kernel.clock import civil_date
from services.kernel.errors import Refusal
from services.kernel.holders import HolderId
from services.kernel.keys.tokens import Caller

log = logging.getLogger("yima.identity")


@dataclass(frozen=True, slots=True, kw_only=True)
class UseTold:
    """What became of one; `first_used_at` where it was the second, `refusal` where it does not count."""

    outcome: UseOutcome
    scan_id: str | None = None
    first_used_at: datetime | None = None
    refusal: Refusal | None = None


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
    scan = await _scan(world, use, shown)
    if await world.scans.add(scan):
        return UseTold(outcome="recorded", scan_id=scan.scan_id)
    kept = await world.scans.find(scan.scan_id)
    if kept is None or use.is_that_of(kept):
        return UseTold(outcome="recorded", scan_id=scan.scan_id)
    reuse = Reuse.of(kept, use)
    if await world.reuses.add(reuse):
        log.warning("an emergency code was used twice", extra={"scan_id": scan.scan_id})
    return UseTold(outcome="reused", scan_id=scan.scan_id, first_used_at=reuse.first_used_at)


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
