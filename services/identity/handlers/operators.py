"""Members of staff, as the administrator registers them; a sign-in registers them too."""

from dataclasses import replace

from services.identity.domain.operators import (
    Operator,
    OperatorIdUnusable,
    OperatorUnknown,
    name_operator,
    register_operator,
)
from services.identity.handlers.organisations import get_organisation
from services.identity.handlers.pages import Page
from services.identity.ports import World
from services.kernel.again import decide_again
from services.kernel.keys.tokens import Caller


async def put_operator(world: World, wanted: Operator, *, by: Caller, read: int | None = None) -> Operator:
    """Register a member of staff of a registered organisation, change one, or take one back.

    One of a log-in that is not registered could never sign in: a slip of the pen.
    """
    (await get_organisation(world, wanted.organisation)).check_active()
    wanted = await _named(world, wanted)

    async def put() -> Operator:
        return await _keep(world, await world.operators.find(wanted.operator_id), wanted, by, read=read)

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


async def list_operators(world: World, *, organisation: str | None, after: str, limit: int) -> Page[Operator]:
    """By id."""
    found = await world.operators.page(organisation=organisation, after=after, limit=limit + 1)
    return Page.of(found, limit)


async def _named(world: World, wanted: Operator) -> Operator:
    staff_id, _, log_in = wanted.operator_id.rpartition("@")
    issuer = await world.issuers.find(log_in)
    if issuer is None or issuer.removed or issuer.kind != "operator":
        raise OperatorIdUnusable(f"{log_in} is not the name of a log-in of operators")
    return replace(wanted, operator_id=name_operator(staff_id, log_in))


async def _keep(
    world: World, found: Operator | None, wanted: Operator, by: Caller, *, read: int | None = None
) -> Operator:
    operator, changed = register_operator(
        found, wanted, by=by.actor or by.client_id, at=world.clock.now(), read=read
    )
    if changed:
        await world.operators.keep(operator, emit=changed)
    return operator
