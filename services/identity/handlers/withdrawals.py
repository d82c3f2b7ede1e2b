"""Facts of our own as orders: what they withdraw, effectively once, also after a crash.

They are heard again on our own topics and not done with the change that gave rise to them: that is one
document, and each grant is another (design.md, law 1).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import timedelta

from services.identity.domain.mandates import MandateEnded
from services.identity.domain.operators import OperatorRemoved
from services.identity.domain.orders import ItemNotHandled, Order, OrganisationNotEntitled
from services.identity.domain.organisations import OrganisationRemoved
from services.identity.domain.scans import Scan, Withdrawal
from services.identity.domain.withdrawals import cut_off
from services.identity.events import (
    HolderErased,
    MandateChanged,
    OperatorChanged,
    OrganisationRegistered,
    StandingChanged,
)
from services.identity.handlers.presented import find_clerk
from services.identity.ports import World
from services.kernel.again import decide_again
from services.kernel.errors import Refusal
from services.kernel.event import Heard
from services.kernel.holders import HolderId

log = logging.getLogger("yima.identity")

_MARGIN = timedelta(minutes=1)
# A use without a network has its own time, and its grant that of the telling; space settles none later.
_TOLD_WITHIN = timedelta(days=3)
_REASONS: Mapping[type[Refusal], Withdrawal] = {
    OperatorRemoved: "operator_removed",
    OrganisationRemoved: "organisation_removed",
    OrganisationNotEntitled: "organisation_not_entitled",
    ItemNotHandled: "organisation_not_entitled",
    MandateEnded: "mandate_ended",
}


async def withdraw_of_mandates(world: World, batch: Sequence[Heard[MandateChanged]]) -> None:
    """An ended mandate opens nothing more; said twice, once for each side."""
    for heard in batch:
        said = heard.event
        if said.state == "ended":
            scans = await _open(world, actor=said.agent)
            await _withdraw(
                world, (one for one in scans if one.mandate_id == said.mandate_id), "mandate_ended"
            )


async def withdraw_of_standings(world: World, batch: Sequence[Heard[StandingChanged]]) -> None:
    """A freeze or an end cuts off what was given before it; a thaw heard after it revives none of that."""
    for heard in batch:
        said = heard.event
        if said.state == "active":
            continue
        standing = await world.standings.find(HolderId(said.holder_id))
        scans = await _of_holder(world, said.holder_id)
        cut = (one for one in scans if cut_off(one, standing, changed_at=said.changed_at))
        await _withdraw(world, cut, "holder_not_active")


async def withdraw_of_erased(world: World, batch: Sequence[Heard[HolderErased]]) -> None:
    """Who signs in again registers anew, and what was given before stays withdrawn."""
    for heard in batch:
        said = heard.event
        scans = await _of_holder(world, said.holder_id)
        await _withdraw(
            world, (one for one in scans if one.scanned_at <= said.erased_at), "holder_not_active"
        )


async def withdraw_of_operators(world: World, batch: Sequence[Heard[OperatorChanged]]) -> None:
    """Who was taken off the list of staff holds no grant any more."""
    for heard in batch:
        said = heard.event
        if not said.removed:
            continue
        operator = await world.operators.find(said.operator_id)
        scans = await _open(world, organisation=said.organisation, operator=said.operator_id)
        gone = operator is None or operator.removed
        await _withdraw(
            world, (one for one in scans if gone or one.scanned_at <= heard.time), "operator_removed"
        )


async def withdraw_of_organisations(world: World, batch: Sequence[Heard[OrganisationRegistered]]) -> None:
    """The same for all of its counters."""
    for heard in batch:
        said = heard.event
        if not said.removed:
            continue
        organisation = await world.organisations.find(said.organisation)
        scans = await _open(world, organisation=said.organisation)
        gone = organisation is None or organisation.removed
        await _withdraw(
            world, (one for one in scans if gone or one.scanned_at <= heard.time), "organisation_removed"
        )


async def withdraw_if_ended(world: World, order: Order, scan: Scan) -> None:
    """Look once more, now that the scan is kept, and take back a grant that came too late.

    A freeze, a removal or a mandate's end that was kept and heard between the scan's reads and its write
    found nothing to withdraw; it is before the write, so it is seen here. One after the write finds the scan.
    """
    watched = [HolderId(one) for one in (scan.holder_id, scan.actor) if one]
    try:
        await asyncio.gather(
            find_clerk(world, order),
            _check_mandate(world, scan),
            *(_check_active(world, one) for one in watched),
        )
    except Refusal as refusal:
        await withdraw_refused(world, scan, refusal)
        raise


async def withdraw_refused(world: World, scan: Scan, refusal: Refusal) -> None:
    """For what it was refused, so that nobody waits for it any more."""
    await _withdraw(world, (scan,), _REASONS.get(type(refusal), "holder_not_active"))


async def _check_active(world: World, holder_id: HolderId) -> None:
    standing = await world.standings.find(holder_id)
    standing.check_active()


async def _check_mandate(world: World, scan: Scan) -> None:
    if scan.mandate_id is None:
        return
    mandate = await world.mandates.find(scan.mandate_id)
    if mandate is None:
        raise MandateEnded("the mandate is not there any more")
    mandate.check_open(at=world.clock.now())


async def _of_holder(world: World, holder_id: str) -> Sequence[Scan]:
    """Those about the holder, and those of codes that the holder showed for others."""
    return (*await _open(world, holder_id=holder_id), *await _open(world, actor=holder_id))


async def _open(world: World, **who: str) -> Sequence[Scan]:
    since = world.clock.now() - world.lifetimes.consent - world.lifetimes.grant - _MARGIN
    found = await world.scans.open_since(since, **who)
    if "actor" in who:  # an emergency code is shown for nobody else
        return found
    return (*found, *await world.scans.open_since(since - _TOLD_WITHIN, mode="offline", **who))


async def _withdraw(world: World, scans: Iterable[Scan], reason: Withdrawal) -> None:
    for one in scans:
        await decide_again(_withdrawing(world, one.scan_id, reason))


def _withdrawing(world: World, scan_id: str, reason: Withdrawal) -> Callable[[], Awaitable[None]]:
    async def attempt() -> None:
        scan = await world.scans.find(scan_id)
        gone = scan.withdrawn(reason, at=world.clock.now()) if scan else None
        if gone is not None:
            after, withdrawn = gone
            await world.scans.change(after, emit=(withdrawn,))
            log.info("a grant was withdrawn", extra={"scan_id": scan_id, "reason": reason})

    return attempt
