"""Who may act at a counter now, whatever an older token says."""

import asyncio

from services.identity.domain.operators import Operator, Role
from services.identity.domain.staff import check_at_work
from services.identity.ports import World
from services.kernel.keys.tokens import Caller


async def operator_at_work(world: World, caller: Caller, *roles: Role) -> Operator:
    """Give the operator as the store has it: at work where the token says, with one of these roles if any."""
    who, where = caller.subject, caller.organisation or ""
    found = await asyncio.gather(world.operators.find(who), world.organisations.find(where))
    operator, _ = check_at_work(*found, said=(who, where))
    if roles:
        operator.check_role(*roles)
    return operator
