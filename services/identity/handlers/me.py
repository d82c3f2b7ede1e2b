"""What a holder sees of itself."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from services.identity.domain.holders import Holder, HolderUnknown
from services.identity.domain.standings import Standing
from services.identity.handlers.documents import ids_of
from services.identity.ports import World
from services.kernel.holders import HolderId
from services.kernel.keys.tokens import Caller

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
# Newest first; a holder who is scanned ten times a day for ten years has all of them.
_SCANS = 36_500


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """`aliases`: the other documents; one that was never signed in with has no holder."""

    holder: Holder
    standing: Standing
    aliases: tuple[tuple[HolderId, Holder | None], ...]


async def show_me(world: World, caller: Caller) -> Me:
    """The caller, or who the caller acts for, with all documents."""
    primary, *others = await ids_of(world, HolderId(caller.subject))
    standing = await world.standings.find(primary)
    holder, *found = await asyncio.gather(*(world.holders.find(one) for one in (primary, *others)))
    if holder is None:
        raise HolderUnknown("the holder of the token is not registered")
    return Me(holder=holder, standing=standing, aliases=tuple(zip(others, found, strict=True)))


async def export_me(world: World, caller: Caller) -> dict[str, Any]:
    """Everything that is held of the caller, to take along (个人信息保护法, 45)."""
    me = await show_me(world, caller)
    ids = (me.holder.holder_id, *(holder_id for holder_id, _ in me.aliases))
    scans = await world.scans.of(ids, since=_EPOCH, limit=_SCANS)
    return {
        "made_at": world.clock.now(),
        "profile": asdict(me.holder),
        "aliases": [
            {"holder_id": holder_id, "profile": asdict(holder) if holder else None}
            for holder_id, holder in me.aliases
        ],
        "standing": asdict(me.standing),
        "mandates": await _all(world.mandates.of, ids),
        "scans": [asdict(one) for one in scans],
        "paper_codes": await _all(world.papers.of, ids),
        "emergency_codes": await _all(world.emergency_codes.of, ids),
        "reuses": await _all(world.reuses.of, ids),
        "sessions": await _all(world.sessions.of, ids),
    }


async def _all(of: Callable[[HolderId], Awaitable[Sequence[Any]]], ids: Sequence[HolderId]) -> list[Any]:
    """What opens something (the hash of a secret) stays here: it is no fact about the holder."""
    found = await asyncio.gather(*(of(one) for one in ids))
    return [
        {name: value for name, value in asdict(one).items() if name != "secret"}
        for some in found
        for one in some
    ]
