"""The scan: everything that can refuse is asked before the code is used up."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from services.identity.domain import CodeUsed, Holder, HolderUnknown, Item, Order, Scan, Shown, check_item
from services.identity.events import ItemPublished
from services.identity.ports import World
from services.kernel.event import Heard


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """What the counter is told."""

    scan: Scan
    holder: Holder
    grant: str


async def scan_code(world: World, order: Order) -> Scanned:
    """Use the code up and give a grant; the same request gets the same, also after the code ended."""
    order.check_said()
    shown = world.codes.read(order.code)
    kept, holder = await asyncio.gather(world.scans.find(shown.code_id), world.holders.find(shown.holder_id))
    if holder is None:
        raise HolderUnknown("the holder of this code is not registered any more")
    if kept is None or kept.request != order.request:
        kept = await _first_use(world, order, shown, kept)
    return Scanned(scan=kept, holder=holder, grant=world.signing.grant(kept))


async def _first_use(world: World, order: Order, shown: Shown, kept: Scan | None) -> Scan:
    shown.check_time(at=world.clock.now())
    found, organisation = await asyncio.gather(
        world.items.find(order.item), world.organisations.find(order.organisation or "")
    )
    item = check_item(found, organisation, order, complete=world.items.complete)
    if kept is not None:
        raise _used(kept)
    scan = _scan(world, order, shown, item)
    if await world.scans.add(scan):
        return scan
    winner = await world.scans.find(scan.scan_id)
    if winner is None or winner.request != order.request:
        raise _used(winner)
    return winner


def _used(scan: Scan | None) -> CodeUsed:
    return CodeUsed(f"the code was used at {scan.scanned_at:%H:%M:%S} UTC" if scan else "the code was used")


def _scan(world: World, order: Order, shown: Shown, item: Item) -> Scan:
    now = world.clock.now()
    return Scan(
        scan_id=shown.code_id,
        request=order.request,
        holder_id=shown.holder_id,
        operator=order.operator,
        organisation=order.organisation or "",
        counter=order.counter or "",
        item=item.item,
        purpose=order.purpose,
        case_number=order.case_number,
        certificate_types=item.required,
        grant_id=world.clock.new_id(),
        scanned_at=now,
        grant_expires_at=now.replace(microsecond=0) + world.lifetimes.grant,
    )


async def mirror_items(world: World, batch: Sequence[Heard[ItemPublished]]) -> None:
    """Of several versions in one batch the newest counts."""
    newest: dict[str, Item] = {}
    for heard in batch:
        said = heard.event
        if said.item not in newest or said.version > newest[said.item].version:
            newest[said.item] = Item(
                item=said.item, version=said.version, name=said.name, required=said.required
            )
    await world.items.advance(list(newest.values()))
