"""Who reads a code, and who stands behind it."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from services.identity.domain.codes import CodeExpired, CodeIsPublicFace, CodeRevoked
from services.identity.domain.emergency import EMERGENCY_LIFE
from services.identity.domain.faces import is_face
from services.identity.domain.holders import Holder, HolderUnknown, is_under_14
from services.identity.domain.logins import GuardianNeeded
from services.identity.domain.mandates import Mandate, MandateEnded
from services.identity.domain.operators import Operator
from services.identity.domain.orders import Order
from services.identity.domain.organisations import Organisation
from services.identity.domain.scans import CodeRead
from services.identity.domain.standings import Standing
from services.identity.handlers.documents import ids_of, registered
from services.identity.handlers.emergency import check_not_revoked
from services.identity.handlers.papers import present
from services.identity.ports import World
from services.kernel.clock import civil_date
from services.kernel.holders import HolderId


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One that is genuine; `ended` when its time was over as it was read.

    `scan_ids`: one for each use that it is good for, in their order. `begun_at`: when the session
    began that showed it, if one did.
    """

    scan_ids: tuple[str, ...]
    code_read: CodeRead
    holder_id: HolderId | None
    mandate_id: str | None = None
    begun_at: datetime | None = None
    ended: CodeExpired | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """As found in one round of reads (two under a mandate); nothing is checked yet."""

    holder: Holder | None
    others: tuple[Holder, ...] = ()
    holder_ids: tuple[HolderId, ...]
    standings: tuple[Standing, ...]
    mandate: Mandate | None

    def checked(self, code: Code, *, item: str, at: datetime) -> Holder:
        """Give the holder if the code may be used for this item now."""
        if code.mandate_id is not None:
            if self.mandate is None:
                raise MandateEnded("the mandate of this code is not there any more")
            self.mandate.check_open(at=at)
            self.mandate.check_child(self.holder, today=civil_date(at))
        for standing in self.standings:
            standing.check_active()
        if code.begun_at and self.standings and self.standings[-1].ends_session(begun_at=code.begun_at):
            raise CodeRevoked("it was shown in a session that a freeze has ended")
        if self.holder is None:
            raise HolderUnknown("the holder of this code is not registered any more")
        if self.mandate is not None:
            self.mandate.check_item(item)
        elif any(is_under_14(one, today=civil_date(at)) for one in (self.holder, *self.others)):
            raise GuardianNeeded("under 14 a guardian shows the code")
        return self.holder


async def find_clerk(world: World, order: Order) -> tuple[Operator, Organisation]:
    """Give the operator and the organisation as the store has them at this moment, or refuse."""
    operator, organisation = await asyncio.gather(
        world.operators.find(order.operator), world.organisations.find(order.organisation)
    )
    return order.check_by(operator, organisation)


async def read_code(world: World, order: Order) -> Code:
    """Tell paper, public face and signed codes apart, and refuse what is not genuine or was revoked."""
    if is_face(order.code):
        raise CodeIsPublicFace("the printed enterprise code opens nothing: ask for the one on the phone")
    if paper := await present(world, order.code, order.last_four, to=order.operator):
        paper.check_mode(order.mode)
        return Code(scan_ids=paper.scan_ids, code_read="paper", holder_id=paper.holder_id)
    shown = world.codes.read(order.code)
    life = EMERGENCY_LIFE if shown.emergency else world.lifetimes.code
    ended = None
    try:
        shown.check_time(at=world.clock.now(), life=life)
    except CodeExpired as over:
        ended = over
    await check_not_revoked(world, shown)
    return Code(
        scan_ids=(shown.code_id,),
        code_read="emergency" if shown.emergency else "dynamic",
        holder_id=shown.holder_id,
        mandate_id=shown.mandate_id,
        begun_at=shown.begun_at,
        ended=ended,
    )


async def find_bearer(world: World, code: Code) -> Bearer:
    """Read all at once; under a mandate that comes first, for it names the two."""
    mandate = await world.mandates.find(code.mandate_id) if code.mandate_id else None
    holder_id = mandate.principal if mandate else code.holder_id
    if holder_id is None:
        return Bearer(holder=None, holder_ids=(), standings=(), mandate=mandate)
    watched = (holder_id, mandate.agent) if mandate else (holder_id,)
    holder, holder_ids, standings = await asyncio.gather(
        world.holders.find(holder_id),
        ids_of(world, holder_id),
        asyncio.gather(*(world.standings.find(one) for one in watched)),
    )
    others = await registered(world, [one for one in holder_ids if one != holder_id])
    return Bearer(
        holder=holder, others=others, holder_ids=holder_ids, standings=tuple(standings), mandate=mandate
    )
