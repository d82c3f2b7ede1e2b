"""Linking several documents of one person, and undoing it (design.md, law 5)."""

import asyncio
from dataclasses import dataclass

from services.identity.domain.aliases import (
    AliasElsewhere,
    AliasInvalid,
    AliasTokenRejected,
    Linkage,
    check_names,
    check_types,
)
from services.identity.domain.holders import ActingNotAllowed, Holder
from services.identity.handlers.documents import ids_of
from services.identity.handlers.holders import register_holder
from services.identity.handlers.staff import operator_at_work
from services.identity.ports import World
from services.kernel.again import decide_again
from services.kernel.holders import HolderId, kind_of
from services.kernel.keys.tokens import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A document of identity, as a registrar reads it."""

    id_type: str
    id_number: str
    name: str


async def link_own(world: World, caller: Caller, other: Caller) -> None:
    """The holder has signed in with both documents: `other` is what the second sign-in gave."""
    if caller.actor:
        raise ActingNotAllowed("documents are linked by the holder in person")
    if other.kind != "resident" or other.actor or other.client_id != caller.client_id:
        raise AliasTokenRejected("a token of the other document's own sign-in with this client is needed")
    primary, *_ = await ids_of(world, HolderId(caller.subject))
    first, second = await asyncio.gather(
        world.holders.find(primary), world.holders.find(HolderId(other.subject))
    )
    if first is None or second is None or {first.kind, second.kind} != {"person"}:
        raise AliasInvalid("both are documents of a registered person")
    check_types(second.id_type, first.id_type)
    check_names(first, second)
    await _link(world, first, second)


async def link_papers(world: World, caller: Caller, first: Paper, second: Paper) -> None:
    """A registrar has seen both, so one name may be spelt in two ways.

    Whoever was not registered is from now on, and the answer is the same.
    """
    operator = await operator_at_work(world, caller, "registrar")
    await world.limits.take("lookup", operator.operator_id)
    if {kind_of(first.id_type), kind_of(second.id_type)} != {"person"}:
        raise AliasInvalid("both are documents of a person")
    check_types(second.id_type, first.id_type)
    one, other = [
        await register_holder(world, id_type=one.id_type, id_number=one.id_number, name=one.name)
        for one in (first, second)
    ]
    await _link(world, one, other)


async def unlink_own(world: World, caller: Caller, alias: HolderId) -> None:
    """Nothing was moved, so nothing moves back; one that is not linked stays so."""
    if caller.actor:
        raise ActingNotAllowed("links are undone by the holder in person")
    primary, *_ = await ids_of(world, HolderId(caller.subject))

    async def unlink() -> None:
        above, below = await _both(world, primary, alias)
        if alias in above.aliases:
            after, changed = above.listing(*(one for one in above.aliases if one != alias))
            await world.linkages.keep(after, emit=changed)
        if below.alias_of == primary:
            await world.linkages.keep(below.left())

    await decide_again(unlink)


async def _link(world: World, known: Holder, alias: Holder) -> None:
    """The alias names its primary first: a crash before the primary lists it leaves the two unlinked."""
    primary, *_ = await ids_of(world, known.holder_id)
    for one in (primary, alias.holder_id):
        (await world.standings.find(one)).check_active()

    async def link() -> None:
        above, below = await _both(world, primary, alias.holder_id)
        joined = below.joining(above)
        for one in (above, below):
            if one.alias_of not in {None, primary} and one.holder_id in await _listed(world, one.alias_of):
                raise AliasElsewhere("one of the documents is linked with others already")
        check_types(alias.id_type, *await _types_above(world, known, alias.holder_id))
        if below.alias_of != primary:
            await world.linkages.keep(joined)
        if alias.holder_id not in above.aliases:
            after, changed = above.listing(*above.aliases, alias.holder_id)
            await world.linkages.keep(after, emit=changed)

    await decide_again(link)


async def _types_above(world: World, known: Holder, alias: HolderId) -> list[str]:
    """Of all documents of that person but the alias; none is opened but those that are linked already."""
    types = [known.id_type]
    for one in await ids_of(world, known.holder_id):
        if one not in {known.holder_id, alias}:
            holder = await world.holders.find(one)
            if holder is None:
                raise AliasInvalid("one of the person's documents is being erased")
            types.append(holder.id_type)
    return types


async def _both(world: World, primary: HolderId, alias: HolderId) -> tuple[Linkage, Linkage]:
    above, below = await asyncio.gather(world.linkages.find(primary), world.linkages.find(alias))
    return above, below


async def _listed(world: World, holder_id: HolderId | None) -> tuple[HolderId, ...]:
    return (await world.linkages.find(holder_id)).aliases if holder_id else ()
