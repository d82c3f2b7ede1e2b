"""Mandates that people give each other, and those that a counter checks."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.identity.domain.giving import check_offers, check_role
from services.identity.domain.guardianship import guardianship_end
from services.identity.domain.holders import ActingNotAllowed, Holder, is_under_14
from services.identity.domain.mandates import (
    AFTER_THE_END,
    AgentTooYoung,
    Mandate,
    MandateImpossible,
    MandateRole,
    MandateUnknown,
)
from services.identity.domain.operators import Role
from services.identity.domain.organisations import clean_name
from services.identity.handlers.certificates import mandate_id
from services.identity.handlers.staff import operator_at_work
from services.identity.ports import World
from services.kernel.again import decide_again
from services.kernel.clock import civil_date
from services.kernel.holders import HolderId, canonical_name, check_number, kind_of, mask_name
from services.kernel.keys.tokens import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Who is meant, by number; the name is that of the person who acts."""

    id_type: str
    id_number: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """`request`: the id of the request, so that a repeat makes no second mandate."""

    request: str
    role: MandateRole
    items: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A mandate as one side sees it; the other's name only where it was open and is registered."""

    mandate: Mandate
    given: bool
    over: bool
    name_masked: str | None


async def offer_mandate(world: World, caller: Caller, wish: Wish, agent: Document) -> Mandate:
    """Give the offer: whether anybody has the agent's number changes nothing of what is read or written."""
    principal = _in_person(caller)
    await world.limits.take("lookup", caller.subject)
    (await world.standings.find(principal)).check_active()
    name = canonical_name(clean_name(agent.name))
    mandate = _wished(world, wish, principal, _agent_of(world, agent))
    given = [one for one in await world.mandates.of(principal) if one.mandate_id != mandate.mandate_id]
    check_offers([one for one in given if one.principal == principal], at=mandate.changed_at)
    return await _add(world, replace(mandate, named=world.name_holder("name", name)))


async def open_checked(
    world: World, caller: Caller, wish: Wish, principal: Document, agent: Document, *, checked: str
) -> Mandate:
    """Open at once, on papers that a counter has seen; who acts after an end is for an authority to say."""
    roles: tuple[Role, ...] = ("authority",) if wish.role in AFTER_THE_END else ("registrar", "authority")
    await operator_at_work(world, caller, *roles)
    await world.limits.take("lookup", caller.subject)
    other = _named(world, principal)
    check_role(wish.role, other.kind)
    if wish.role == "guardian":
        wish = replace(wish, until=guardianship_end(other, wish.until, today=civil_date(world.clock.now())))
    mandate = _wished(world, wish, other.holder_id, _agent_of(world, agent))
    mandate.check_principal(await world.standings.find(other.holder_id))
    opened = replace(
        mandate, state="open", opened_at=mandate.changed_at, checked_by=caller.subject, checked_how=checked
    )
    return await _add(world, opened)


async def accept_mandate(world: World, caller: Caller, mandate_id: str) -> Mandate:
    """By the agent in person; to anybody else there is no such mandate."""
    agent = _in_person(caller)
    (await world.standings.find(agent)).check_active()

    async def accept() -> Mandate:
        before = await world.mandates.find(mandate_id)
        holder = await world.holders.find(agent)
        if before is None or before.agent not in caller.holder_ids or holder is None:
            raise MandateUnknown("no mandate was offered to the caller under this id")
        named = world.name_holder("name", canonical_name(holder.name))
        return await _keep(world, before, before.accepted(named=named, at=world.clock.now()))

    return await decide_again(accept)


async def end_mandate(world: World, caller: Caller, mandate_id: str) -> Mandate:
    """By either side in person, for good."""
    _in_person(caller)

    async def end() -> Mandate:
        before = await world.mandates.find(mandate_id)
        if before is None or not {before.principal, before.agent} & set(caller.holder_ids):
            raise MandateUnknown("the caller is on neither side of a mandate with this id")
        return await _keep(world, before, before.ended(at=world.clock.now()))

    return await decide_again(end)


async def list_mandates(world: World, caller: Caller) -> Sequence[Seen]:
    """Both sides see it: given and held, newest first."""
    found = await asyncio.gather(*(world.mandates.of(HolderId(one)) for one in caller.holder_ids))
    every = {one.mandate_id: one for some in found for one in some}
    newest = sorted(every.values(), key=lambda one: one.changed_at, reverse=True)
    return await asyncio.gather(*(see_mandate(world, caller, one) for one in newest))


async def see_mandate(world: World, caller: Caller, mandate: Mandate) -> Seen:
    """For one of its sides. Who was offered a mandate is not shown before the yes: the answer would tell."""
    given = mandate.principal in caller.holder_ids
    other = None if given and mandate.opened_at is None else mandate.agent if given else mandate.principal
    holder = await world.holders.find(other) if other else None
    return Seen(
        mandate=mandate,
        given=given,
        over=mandate.is_over(at=world.clock.now()),
        name_masked=mask_name(holder.name, holder.kind) if holder else None,
    )


def _in_person(caller: Caller) -> HolderId:
    if caller.actor is not None:
        raise ActingNotAllowed("a mandate is given, accepted and ended in person")
    return HolderId(caller.subject)


def _wished(world: World, wish: Wish, principal: HolderId, agent: HolderId) -> Mandate:
    now = world.clock.now()
    mandate = Mandate(
        mandate_id=mandate_id(world, f"request:{wish.request}"),
        principal=principal,
        agent=agent,
        role=wish.role,
        items=tuple(sorted(set(wish.items))),
        since=wish.since,
        until=wish.until,
        changed_at=now,
    )
    mandate.check_possible(at=now)
    return mandate


def _agent_of(world: World, document: Document) -> HolderId:
    holder = _named(world, document)
    if holder.kind != "person":
        raise MandateImpossible("only a person acts for another")
    if is_under_14(holder, today=civil_date(world.clock.now())):
        raise AgentTooYoung("below 14 nobody acts for another")
    return holder.holder_id


def _named(world: World, document: Document) -> Holder:
    number = check_number(document.id_type, document.id_number, today=civil_date(world.clock.now()))
    return Holder(
        holder_id=world.name_holder(document.id_type, number),
        kind=kind_of(document.id_type),
        id_type=document.id_type,
        number=number,
        name=document.name,
    )


async def _add(world: World, mandate: Mandate) -> Mandate:
    if await world.mandates.add(mandate):
        return mandate
    found = await world.mandates.find(mandate.mandate_id)
    return found or mandate


async def _keep(world: World, before: Mandate, after: Mandate) -> Mandate:
    if after is not before:
        await world.mandates.change(after)
    return after
