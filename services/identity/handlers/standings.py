"""Freezing, thawing and ending codes.

All of it happens under the derived holder id, registered or not: by its answer, its reads and its writes a
number that is registered is as one that is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.identity.domain.standings import ActingAs, EndNotOfKind, Standing, State, ending_of
from services.identity.events import StandingChanged
from services.identity.handlers.documents import ids_of
from services.identity.handlers.staff import operator_at_work
from services.identity.ports import World
from services.kernel.again import decide_again
from services.kernel.clock import civil_date
from services.kernel.event import Heard
from services.kernel.holders import HolderId, check_number, kind_of
from services.kernel.keys.tokens import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What an operator says of a holder: whose number, why, and how the holder was checked."""

    id_type: str
    id_number: str
    reason: str
    checked: str


async def freeze(world: World, caller: Caller, notice: Notice) -> Standing:
    """By any counter, by the hotline, by an authority: the phone is what was lost."""
    return await _by_operator(world, caller, notice, "frozen")


async def unfreeze(world: World, caller: Caller, notice: Notice) -> Standing:
    """By the same; what an authority froze, by an authority alone."""
    return await _by_operator(world, caller, notice, "active")


async def close(world: World, caller: Caller, notice: Notice, state: State) -> Standing:
    """Deceased or dissolved, by an authority: the codes have ended."""
    await operator_at_work(world, caller, "authority")
    if state != ending_of(kind_of(notice.id_type)):
        raise EndNotOfKind("a person is deceased, an organisation is dissolved")
    return await _by_operator(world, caller, notice, state)


async def freeze_me(world: World, caller: Caller, *, reason: str) -> Standing:
    """By the holder's own phone; every session ends."""
    return await _by_holder(world, caller, "frozen", reason)


async def unfreeze_me(world: World, caller: Caller, *, reason: str) -> Standing:
    """By whoever has signed in again with the real name."""
    return await _by_holder(world, caller, "active", reason)


async def spread_standings(world: World, batch: Sequence[Heard[StandingChanged]]) -> None:
    """The other documents of the person follow, also where the process that decided died before they did."""
    for heard in batch:
        await _spread(world, await world.standings.find(HolderId(heard.event.holder_id)))


async def _by_operator(world: World, caller: Caller, notice: Notice, state: State) -> Standing:
    operator = await operator_at_work(world, caller)
    await world.limits.take("lookup", operator.operator_id)
    number = check_number(notice.id_type, notice.id_number, today=civil_date(world.clock.now()))
    changed = Standing(
        holder_id=world.name_holder(notice.id_type, number),
        state=state,
        acting_as=_acting_as(operator.roles),
        changed_by=operator.operator_id,
        reason=notice.reason,
        checked=notice.checked,
    )
    return await _change(world, changed)


async def _by_holder(world: World, caller: Caller, state: State, reason: str) -> Standing:
    primary, *_ = await ids_of(world, HolderId(caller.subject))
    by = caller.actor or primary
    return await _change(
        world,
        Standing(holder_id=primary, state=state, acting_as="holder", changed_by=by, reason=reason),
    )


async def _change(world: World, wanted: Standing) -> Standing:
    async def change() -> Standing:
        standing = await world.standings.find(wanted.holder_id)
        moved = standing.moved(
            wanted.state,
            acting_as=wanted.acting_as or "holder",
            by=wanted.changed_by,
            reason=wanted.reason,
            checked=wanted.checked,
            at=world.clock.now(),
        )
        if moved is None:
            return standing
        after, changed = moved
        await world.standings.keep(after, emit=changed)
        return after

    standing = await decide_again(change)
    await _spread(world, standing)
    return standing


async def _spread(world: World, standing: Standing) -> None:
    for other in await ids_of(world, standing.holder_id):
        if other != standing.holder_id:
            await _follow(world, other, standing)


async def _follow(world: World, holder_id: HolderId, standing: Standing) -> None:
    async def follow() -> None:
        followed = (await world.standings.find(holder_id)).following(standing)
        if followed is not None:
            after, changed = followed
            await world.standings.keep(after, emit=changed)

    await decide_again(follow)


def _acting_as(roles: frozenset[str]) -> ActingAs:
    if "authority" in roles:
        return "authority"
    return "hotline" if "hotline" in roles else "counter"
