"""Holders and the codes that they show."""

from dataclasses import dataclass
from datetime import datetime

from services.identity.domain import CODE_KINDS, CodeKind, Holder, HolderUnknown, clean_name
from services.identity.ports import World
from services.kernel.clock import civil_date
from services.kernel.holders import HolderId, check_number, kind_of


async def register_holder(world: World, *, id_type: str, id_number: str, name: str) -> tuple[Holder, bool]:
    """Give the holder and whether it is new; the same again changes and says nothing."""
    number = check_number(id_type, id_number, today=civil_date(world.clock.now()))
    holder = Holder(
        holder_id=world.name_holder(id_type, number),
        kind=kind_of(id_type),
        id_type=id_type,
        number=number,
        name=clean_name(name),
    )
    if await world.holders.add(holder):
        return holder, True
    found = await _holder(world, holder.holder_id)
    found.check_name(holder.name)
    return found, False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCode:
    """What the holder's phone shows."""

    code: str
    kind: CodeKind
    expires_at: datetime


async def show_code(world: World, holder_id: HolderId) -> ShownCode:
    """A code is signed, not kept: nothing is written."""
    kind = await world.holders.kind_of(holder_id)
    if kind is None:
        raise HolderUnknown("the holder of the token is not registered")
    expires_at = world.clock.now().replace(microsecond=0) + world.lifetimes.code
    code = world.codes.write(holder_id, expires_at=expires_at)
    return ShownCode(code=code, kind=CODE_KINDS[kind], expires_at=expires_at)


async def _holder(world: World, holder_id: HolderId) -> Holder:
    found = await world.holders.find(holder_id)
    if found is None:
        raise HolderUnknown("the holder is not registered")
    return found
