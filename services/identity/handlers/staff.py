"""Who may act at a counter now, whatever an older token says."""

from services.identity.domain.operators import Operator, OperatorRemoved, Role
from services.identity.ports import World
from services.kernel.keys.tokens import Caller


async def operator_at_work(world: World, caller: Caller, *roles: Role) -> Operator:
    """Give the operator as the store has it: on the list of staff, with one of these roles if any."""
    operator = await world.operators.find(caller.subject)
    if operator is None:
        raise OperatorRemoved(f"{caller.subject} is not on the list of staff")
    operator.check_active()
    if roles:
        operator.check_role(*roles)
    return operator
