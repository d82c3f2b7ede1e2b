"""The scan: everything that can refuse is asked before the code is used up."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from services.identity.domain.codes import CodeUsed
from services.identity.domain.consents import OralConsentNeeded
from services.identity.domain.mandates import Mandate
from services.identity.domain.orders import Item, Order, granted_types
from services.identity.domain.papers import PaperCodeSpent
from services.identity.domain.scans import Scan
from services.identity.domain.statutory import check_duty
from services.identity.events import ItemPublished
from services.identity.handlers.answers import Scanned, show, told
from services.identity.handlers.presented import Bearer, Code, find_bearer, find_clerk, read_code
from services.identity.handlers.withdrawals import withdraw_if_ended
from services.identity.ports import World
from services.kernel.clock import civil_date
from services.kernel.event import Heard


async def scan_code(world: World, order: Order) -> Scanned:
    """Use the code up; the same scan by the same operator, a short while later, gets the same answer."""
    order.check_said(today=civil_date(world.clock.now()))
    await world.limits.take("scan", order.operator)
    # Before the code is looked at: whoever left must not spend the wrong tries of a paper code.
    operator, organisation = await find_clerk(world, order)
    code = await read_code(world, order)
    if code.ended is not None:
        return await show(world, await _asked_again(world, order, code))
    found, bearer = await asyncio.gather(world.items.find(order.item), find_bearer(world, code))
    item = order.check_item(found, organisation, complete=world.items.complete)
    now = world.clock.now()
    holder = bearer.checked(code, item=item.item, at=now)
    granted, withheld = granted_types(item, organisation.may_ask_for)
    scan = _scan(world, order, code, bearer, at=now)
    scan = replace(scan, certificate_types=granted, withheld_types=withheld, answers_only=item.answers_only)
    if order.mode == "statutory":
        check_duty(order, operator, item)
        kept = await _by_duty(world, order, item, scan, code)
    else:
        scan = await _on_its_basis(world, order, scan, bearer.mandate)
        kept = await _use_up(world, order, scan, code, {})
    await withdraw_if_ended(world, order, kept)
    return told(world, kept, holder)


async def mirror_items(world: World, batch: Sequence[Heard[ItemPublished]]) -> None:
    """Of several versions in one batch the newest counts."""
    newest: dict[str, ItemPublished] = {}
    for heard in batch:
        said = heard.event
        if said.item not in newest or said.version > newest[said.item].version:
            newest[said.item] = said
    items = [
        Item(**{name: getattr(said, name) for name in Item.__slots__})  # the same names in both
        for said in newest.values()
    ]
    await world.items.advance(items)


async def _asked_again(world: World, order: Order, code: Code) -> Scan:
    """The code has ended: only who lost the answer gets it again."""
    seen = await world.scans.find_many(code.scan_ids)
    if repeated := _repeated(world, order, seen.values()):
        return repeated
    for scan in seen.values():
        raise scan.used(organisation=order.organisation)
    raise code.ended or CodeUsed("it was used, and has not ended")


async def _by_duty(world: World, order: Order, item: Item, scan: Scan, code: Code) -> Scan:
    """Its cap counts scans, and no repeats of one."""
    seen = await world.scans.find_many(code.scan_ids)
    if repeated := _repeated(world, order, seen.values()):
        return repeated
    if scan.scan_id not in seen:
        await world.limits.take("statutory", order.operator)
    granted = replace(scan, legal_basis=item.basis).granted(
        "statutory_duty", at=scan.scanned_at, until=grant_end(world, None, at=scan.scanned_at)
    )
    return await _use_up(world, order, granted, code, seen)


async def _on_its_basis(world: World, order: Order, scan: Scan, mandate: Mandate | None) -> Scan:
    """Showing the code is enough where nothing sensitive is opened; else the holder's tap is awaited.

    One yes or no, that tells neither of which certificate nor what is in it, opens nothing.
    """
    types = await world.types.find_many(scan.certificate_types)
    until = grant_end(world, mandate, at=scan.scanned_at)
    sensitive = any(one not in types or types[one].is_sensitive for one in scan.certificate_types)
    if scan.answers_only or not sensitive:
        return scan.granted("mandate" if mandate else "holder_presented", at=scan.scanned_at, until=until)
    if scan.code_read == "paper":
        if not order.oral_consent:
            raise OralConsentNeeded("a paper code has no phone: ask the holder, and record the yes")
        return scan.granted("oral_consent", at=scan.scanned_at, until=until)
    return replace(scan, consent_until=scan.scanned_at + world.lifetimes.consent)


def grant_end(world: World, mandate: Mandate | None, *, at: datetime) -> datetime:
    """In whole seconds, as a token says it; not after the mandate it stands on."""
    until = at.replace(microsecond=0) + world.lifetimes.grant
    return min(until, mandate.until) if mandate and mandate.until else until


async def _use_up(world: World, order: Order, scan: Scan, code: Code, seen: Mapping[str, Scan]) -> Scan:
    """Take the first use that is free, by one insert; a code has one, a paper code a few."""
    if len(code.scan_ids) > 1:
        seen = await world.scans.find_many(code.scan_ids)
    for scan_id in code.scan_ids:
        found = seen.get(scan_id)
        if found is None and await world.scans.add(one := replace(scan, scan_id=scan_id)):
            return one
        found = found or await world.scans.find(scan_id)
        if found and _repeated(world, order, (found,)):
            return found
    if scan.code_read == "paper":
        raise PaperCodeSpent("all uses of the paper code are made")
    raise found.used(organisation=order.organisation) if found else CodeUsed("the code was used")


def _repeated(world: World, order: Order, seen: Iterable[Scan]) -> Scan | None:
    now = world.clock.now()
    return next((scan for scan in seen if order.repeats(scan, age=now - scan.scanned_at)), None)


def _scan(world: World, order: Order, code: Code, bearer: Bearer, *, at: datetime) -> Scan:
    mandate = bearer.mandate
    return Scan(
        scan_id=code.scan_ids[0],
        mode="statutory" if order.mode == "statutory" else "mandate" if mandate else "presented",
        code_read=code.code_read,
        holder_id=bearer.holder_ids[0],
        holder_ids=bearer.holder_ids,
        actor=mandate.agent if mandate else None,
        mandate_id=mandate.mandate_id if mandate else None,
        role=mandate.role if mandate else None,
        operator=order.operator,
        organisation=order.organisation,
        counter=order.counter,
        item=order.item,
        purpose=order.purpose,
        case_number=order.case_number,
        state="pending",
        scanned_at=at,
        grant_id=world.clock.new_id(),
    )
