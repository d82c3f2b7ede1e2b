"""Emergency codes: fetched ahead, revoked, listed for counters without a network."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.identity.domain.codes import CLOCKS_APART, CodeRevoked, Emergency, Shown
from services.identity.domain.emergency import (
    A_DAY,
    EMERGENCY_LIFE,
    OUTSTANDING,
    EmergencyCode,
    EmergencyCodesTooMany,
    EmergencyCodeUnlisted,
    EmergencyState,
)
from services.identity.domain.holders import ActingNotAllowed, HolderUnknown
from services.identity.handlers.documents import ids_of
from services.identity.ports import World
from services.kernel.holders import HolderId, mask_name
from services.kernel.keys.tokens import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedCode:
    """For the phone, once: the text is not kept."""

    code: str
    image: bytes
    kept: EmergencyCode


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSeen:
    """As its holder sees it."""

    kept: EmergencyCode
    state: EmergencyState


@dataclass(frozen=True, slots=True, kw_only=True)
class OfflineBundle:
    """All that a counter needs to grade emergency codes, and nothing about whom."""

    made_at: datetime
    keys: Mapping[str, Any]
    dead_keys: tuple[str, ...]
    revoked: tuple[str, ...]


async def fetch_codes(world: World, caller: Caller, concessions: Sequence[str]) -> Sequence[FetchedCode]:
    """Give new ones in the places of those that are spent; the good ones are on the phone already."""
    now = world.clock.now()  # before the standing is read: a freeze from now on is later than these codes
    holder_ids = await _in_person(world, caller)
    holder_id = holder_ids[0]
    holder, standing, seen = await asyncio.gather(
        world.holders.find(holder_id), world.standings.find(holder_id), _seen(world, holder_ids)
    )
    standing.check_active()
    if holder is None:
        raise HolderUnknown("the holder of the token is not registered")
    chosen = tuple(sorted(set(concessions)))
    said = Emergency(name_masked=mask_name(holder.name, holder.kind), concessions=chosen)
    held = {one.kept.place for one in seen if one.state == "issued"}
    free = [place for place in range(OUTSTANDING) if place not in held]
    if sum(now < one.kept.expires_at for one in seen) + len(free) > A_DAY:
        raise EmergencyCodesTooMany(f"{A_DAY} emergency codes were made within a day", retry_after=3600)
    await _close(world, seen)
    fetched = [await _issue(world, holder_id, said, place, now) for place in free]
    return [one for one in fetched if one]


async def list_codes(world: World, caller: Caller) -> Sequence[CodeSeen]:
    """What became of each; newest first."""
    return await _seen(world, await _in_person(world, caller))


async def revoke_codes(world: World, caller: Caller) -> None:
    """All of them, because the phone forgot them; harmless when repeated."""
    seen = await _seen(world, await _in_person(world, caller))
    for one in seen:
        if one.state == "issued":
            await world.emergency_codes.change(one.kept.moved("revoked"))


async def check_not_revoked(world: World, shown: Shown) -> None:
    """Of an emergency code: whether it was taken back. That the holder is active is asked for every code."""
    if shown.emergency is None or shown.holder_id is None:
        return
    code, standing = await asyncio.gather(
        world.emergency_codes.find(shown.code_id), world.standings.find(shown.holder_id)
    )
    if code is None:
        shown.check_time(at=world.clock.now(), life=EMERGENCY_LIFE)
        raise EmergencyCodeUnlisted("signed by us, and not among the emergency codes that were given out")
    if code.state == "revoked" or standing.ends_session(begun_at=code.issued_at):
        standing.check_active()
        raise CodeRevoked("the emergency code was taken back")


async def bundle(world: World) -> OfflineBundle:
    """As things stand now; what is frozen is listed from that moment on."""
    now = world.clock.now()
    stopped = await world.emergency_codes.cut_off(since=now - EMERGENCY_LIFE - CLOCKS_APART)
    revoked, issued = await asyncio.gather(
        world.emergency_codes.revoked(at=now), world.emergency_codes.issued(list(stopped), at=now)
    )
    cut_off = (code.code_id for code in issued if code.is_cut_off(stopped[code.holder_id]))
    return OfflineBundle(
        made_at=now,
        keys=world.codes.published,
        dead_keys=tuple(world.codes.dead_keys),
        revoked=tuple(sorted({*revoked, *cut_off})),
    )


async def _in_person(world: World, caller: Caller) -> tuple[HolderId, ...]:
    if caller.actor is not None:
        raise ActingNotAllowed("emergency codes are fetched by their holder alone")
    return await ids_of(world, HolderId(caller.subject))


async def _seen(world: World, holder_ids: Sequence[HolderId]) -> Sequence[CodeSeen]:
    """Those of all documents of the person: one may have been fetched before another was linked."""
    standing = await world.standings.find(holder_ids[0])
    each = await asyncio.gather(*(world.emergency_codes.of(one) for one in holder_ids))
    codes = sorted((code for some in each for code in some), key=lambda one: one.issued_at, reverse=True)
    used = await world.scans.find_many([code.code_id for code in codes])
    now, dead = world.clock.now(), world.codes.dead_keys

    def state(code: EmergencyCode) -> EmergencyState:
        return code.state_at(now, standing=standing, used=code.code_id in used, dead_keys=dead)

    return [CodeSeen(kept=code, state=state(code)) for code in codes]


async def _close(world: World, seen: Sequence[CodeSeen]) -> None:
    """Write down what became of the spent ones, which gives their places back."""
    for one in seen:
        if one.kept.state == "issued" and one.state != "issued":
            await world.emergency_codes.change(one.kept.moved(one.state))


async def _issue(
    world: World, holder_id: HolderId, said: Emergency, place: int, now: datetime
) -> FetchedCode | None:
    """Keep one before anybody is given it; None where another process has just filled its place."""
    expires_at = now.replace(microsecond=0) + EMERGENCY_LIFE
    text = world.codes.write(holder_id=holder_id, expires_at=expires_at, emergency=said)
    shown = world.codes.read(text)
    code = EmergencyCode(
        code_id=shown.code_id,
        key_id=shown.key_id,
        holder_id=holder_id,
        place=place,
        concessions=said.concessions,
        issued_at=now,
        expires_at=expires_at,
    )
    if not await world.emergency_codes.add(code):
        return None
    return FetchedCode(code=text, image=world.drawing.png(text), kept=code)
