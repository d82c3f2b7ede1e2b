"""Registering and renaming holders."""

import logging
from dataclasses import replace

from services.identity.domain.holders import Enrolment, Holder
from services.identity.domain.organisations import clean_name
from services.identity.handlers.documents import ids_of
from services.identity.handlers.erasure import finish_erasure
from services.identity.handlers.staff import operator_at_work
from services.identity.ports import World
from services.kernel.again import decide_again
from services.kernel.clock import civil_date
from services.kernel.errors import Stale
from services.kernel.holders import check_number, kind_of
from services.kernel.keys.tokens import Caller

__all__ = ["ids_of", "register_by_machine", "register_from_login", "register_holder", "rename_holder"]

log = logging.getLogger("yima.identity")


async def register_by_machine(
    world: World, caller: Caller, *, id_type: str, id_number: str, name: str
) -> Holder:
    """A system registers; how often is limited, since each answer tells an id."""
    await world.limits.take("register", caller.client_id)
    return await register_holder(world, id_type=id_type, id_number=id_number, name=name)


async def register_holder(world: World, *, id_type: str, id_number: str, name: str) -> Holder:
    """Give the holder, new or not: a known number costs the reads and writes of an unknown one.

    Another name than the registered one changes nothing, and is said to nobody but the log.
    """
    wanted = _wanted(world, id_type, id_number, name)

    async def register() -> Holder:
        enrolment, found = await world.holders.seek(wanted.holder_id)
        if found is None:
            return await _begin(world, wanted, enrolment)
        await world.holders.echo_add(wanted)
        if not found.is_called(wanted.name):
            log.warning("registered under another name", extra={"holder_id": found.holder_id})
        return found

    return await decide_again(register)


async def register_from_login(world: World, *, id_type: str, id_number: str, name: str) -> Holder:
    """Give who has just signed in: the log-in's word counts, so another name is a new name."""
    wanted = replace(_wanted(world, id_type, id_number, name), vouched=True)

    async def register() -> Holder:
        enrolment, found = await world.holders.seek(wanted.holder_id)
        if found is None:
            return await _begin(world, wanted, enrolment)
        if found.is_called(wanted.name):
            return found if found.vouched else await _vouch(world, found)
        renamed = found.renamed(wanted.name, reason="sign-in", at=world.clock.now())
        await world.holders.rename(renamed)
        return renamed

    return await decide_again(register)


async def rename_holder(
    world: World, caller: Caller, *, id_type: str, id_number: str, name: str, reason: str
) -> None:
    """By an authority or its system; a number that nobody has costs the reads and writes of one that has."""
    if caller.kind == "operator":
        await operator_at_work(world, caller, "authority")
        await world.limits.take("lookup", caller.subject)
    else:
        await world.limits.take("register", caller.client_id)
    wanted = _wanted(world, id_type, id_number, name)

    async def rename() -> None:
        _, found = await world.holders.seek(wanted.holder_id)
        if found is None or found.is_called(wanted.name):
            await world.holders.echo_rename(wanted)
        else:
            await world.holders.rename(found.renamed(wanted.name, reason=reason, at=world.clock.now()))

    await decide_again(rename)


async def _vouch(world: World, found: Holder) -> Holder:
    """Say a name that only a machine had said: those who hear may not have heard it at all."""
    vouched = found.vouched_for()
    await world.holders.rename(vouched)
    return vouched


async def _begin(world: World, wanted: Holder, before: Enrolment | None) -> Holder:
    """Register, or register anew after an erasure, which is finished first."""
    if before is None:
        if not await world.holders.add(wanted):
            raise Stale("the holder was registered a moment ago")
        return wanted
    await finish_erasure(world, wanted.holder_id)
    again = replace(wanted, version=before.version + 1, life=before.life + 1)
    await world.holders.revive(again)
    return again


def _wanted(world: World, id_type: str, id_number: str, name: str) -> Holder:
    now = world.clock.now()
    number = check_number(id_type, id_number, today=civil_date(now))
    return Holder(
        holder_id=world.name_holder(id_type, number),
        kind=kind_of(id_type),
        id_type=id_type,
        number=number,
        name=clean_name(name),
        registered_at=now,
    )
