"""Members of staff, as the administrator registers them; a sign-in registers them too."""

from dataclasses import replace

from services.identity.domain.operators import Operator, OperatorUnknown, register_operator
from services.identity.handlers.again import decide_again
from services.identity.handlers.organisations import get_organisation
from services.identity.ports import World
from services.kernel.keys.tokens import Caller


async def put_operator(world: World, wanted: Operator, *, by: Caller) -> Operator:
    """Register a member of staff of a registered organisation, change one, or take one back."""
    (await get_organisation(world, wanted.organisation)).check_active()

    async def put() -> Operator:
        return await _keep(world, await world.operators.find(wanted.operator_id), wanted, by)

    return await decide_again(put)


async def remove_operator(world: World, operator_id: str, *, by: Caller) -> Operator:
    """Whoever left the service: no scan, no sign-in, no roles."""

    async def remove() -> Operator:
        found = await get_operator(world, operator_id)
        return await _keep(world, found, replace(found, removed=True, roles=frozenset()), by)

    return await decide_again(remove)


async def get_operator(world: World, operator_id: str) -> Operator:
    """Show one as it stands, also when removed."""
    found = await world.operators.find(operator_id)
    if found is None:
        raise OperatorUnknown("no member of staff is registered under this id")
    return found


async def _keep(world: World, found: Operator | None, wanted: Operator, by: Caller) -> Operator:
    operator, changed = register_operator(found, wanted, by=by.actor or by.client_id)
    if changed:
        await world.operators.keep(operator, emit=changed)
    return operator
