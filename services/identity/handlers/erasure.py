"""Erasure: what a holder gave of itself becomes unreadable; what the law keeps stays.

First the holder is marked, without its profile, in one write with the fact; then the key is deleted and the
other documents follow. Who hears the fact does the second part again, so a crash in between leaves nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from services.identity.domain.aliases import Linkage
from services.identity.domain.holders import ActingNotAllowed, HolderUnknown
from services.identity.events import HolderErased
from services.identity.handlers.documents import ids_of
from services.identity.handlers.taking_back import revoke_papers_of
from services.identity.ports import World
from services.kernel.again import decide_again
from services.kernel.event import Heard
from services.kernel.holders import HolderId
from services.kernel.keys.tokens import Caller


async def erase_me(world: World, caller: Caller) -> None:
    """In person alone; a frozen holder thaws first, so that a thief of the phone erases nothing."""
    if caller.actor:
        raise ActingNotAllowed("erasure is asked for by the holder in person")
    primary, *_ = await ids_of(world, HolderId(caller.subject))
    (await world.standings.find(primary)).check_active()
    if not await decide_again(partial(_mark, world, primary)):
        raise HolderUnknown("the holder is not registered")
    await finish_erasure(world, primary)


async def finish_erasure(world: World, holder_id: HolderId) -> None:
    """Delete the key of the life that ended, and do likewise with the other documents. May be repeated."""
    enrolment = await world.holders.enrolment(holder_id)
    if enrolment is None:
        return
    await _forget(world, holder_id)
    if enrolment.erased_at is None:
        return
    await _take_back(world, holder_id, erased_at=enrolment.erased_at)
    primary, *aliases = await ids_of(world, holder_id)
    if primary != holder_id:
        return
    for alias in aliases:
        await decide_again(partial(_mark, world, alias))
        await _forget(world, alias)
        await _take_back(world, alias, erased_at=enrolment.erased_at)
    await decide_again(partial(_dissolve, world, primary))
    for alias in aliases:
        await decide_again(partial(_leave, world, alias, primary))


async def finish_erasures(world: World, batch: Sequence[Heard[HolderErased]]) -> None:
    """What a process that died in the middle left undone."""
    for heard in batch:
        await finish_erasure(world, HolderId(heard.event.holder_id))


async def _mark(world: World, holder_id: HolderId) -> bool:
    """Whether there is, or was, somebody."""
    enrolment = await world.holders.enrolment(holder_id)
    if enrolment is not None and enrolment.erased_at is None:
        after, erased = enrolment.erased(at=world.clock.now())
        await world.holders.erase(after, emit=erased)
    return enrolment is not None


async def _forget(world: World, holder_id: HolderId) -> None:
    """The key of the life that ended, never that of one begun since."""
    enrolment = await world.holders.enrolment(holder_id)
    if enrolment is None:
        return
    ended = enrolment.life if enrolment.erased_at else enrolment.life - 1
    if ended:
        await world.holders.forget(holder_id, life=ended)


async def _take_back(world: World, holder_id: HolderId, *, erased_at: datetime) -> None:
    """What of the life that ended lies in somebody's hands: paper, emergency codes, mandates given."""
    papers = await world.papers.of(holder_id)
    await revoke_papers_of(world, [one for one in papers if one.printed_at <= erased_at])
    for code in await world.emergency_codes.of(holder_id):
        if code.state == "issued" and code.issued_at <= erased_at:
            await world.emergency_codes.change(code.moved("revoked"))
    for mandate in await world.mandates.of(holder_id):
        if mandate.certificate_id is None and mandate.changed_at <= erased_at:
            await decide_again(partial(_end, world, mandate.mandate_id))


async def _end(world: World, mandate_id: str) -> None:
    before = await world.mandates.find(mandate_id)
    if before is not None and before.state != "ended":
        await world.mandates.change(before.ended(at=world.clock.now()))


async def _dissolve(world: World, primary: HolderId) -> None:
    linkage = await world.linkages.find(primary)
    if linkage.aliases:
        after, changed = linkage.listing()
        await world.linkages.keep(after, emit=changed)


async def _leave(world: World, alias: HolderId, primary: HolderId) -> None:
    linkage: Linkage = await world.linkages.find(alias)
    if linkage.alias_of == primary:
        await world.linkages.keep(linkage.left())
