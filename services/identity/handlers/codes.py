"""The code that a holder shows, or who acts for one."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from services.identity.domain.holders import CODE_KINDS, CodeKind, HolderUnknown
from services.identity.domain.mandates import AFTER_THE_END, Mandate, MandateShowsNoCode
from services.identity.handlers.bearers import check_bearer
from services.identity.handlers.documents import ids_of
from services.identity.ports import World
from services.kernel.holders import HolderId
from services.kernel.keys.tokens import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCode:
    """What the holder's phone shows."""

    code: str
    kind: CodeKind
    expires_at: datetime


async def show_code(world: World, caller: Caller) -> ShownCode:
    """A code is signed, not kept: nothing is written. An alias's code is the primary's.

    Nothing is read either while nothing was told of the holder since the token was made: a scan reads it all.
    """
    said = next((one for one in CODE_KINDS.values() if one == caller.code_kind), None)
    if said is not None and not world.recent.any_of(caller.holder_ids, since=caller.issued_at):
        return _sign(world, caller, said, holder_id=HolderId(caller.subject))
    mandate = await check_bearer(world, caller)
    primary, *_ = await ids_of(world, HolderId(caller.subject))
    if mandate is not None:
        await _check_agent(world, mandate)
    kind, standing = await asyncio.gather(world.holders.kind_of(primary), world.standings.find(primary))
    standing.check_active()
    if kind is None:
        raise HolderUnknown("the holder of the token is not registered")
    if mandate is not None:
        return _sign(world, caller, CODE_KINDS[kind], mandate_id=mandate.mandate_id)
    return _sign(world, caller, CODE_KINDS[kind], holder_id=primary)


def _sign(
    world: World,
    caller: Caller,
    kind: CodeKind,
    *,
    holder_id: HolderId | None = None,
    mandate_id: str | None = None,
) -> ShownCode:
    expires_at = world.clock.now().replace(microsecond=0) + world.lifetimes.code
    code = world.codes.write(
        holder_id=holder_id,
        mandate_id=mandate_id,
        expires_at=expires_at,
        begun_at=caller.signed_in_at,
    )
    return ShownCode(code=code, kind=kind, expires_at=expires_at)


async def _check_agent(world: World, mandate: Mandate) -> None:
    if mandate.role in AFTER_THE_END:
        raise MandateShowsNoCode("who winds up for another reads the archive and shows no code")
    (await world.standings.find(mandate.agent)).check_active()
