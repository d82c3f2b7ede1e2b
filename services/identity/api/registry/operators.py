"""Members of staff and their roles."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from services.identity import handlers
from services.identity.api.registry.shapes import After, CreditCode, Limit, NotRemoved, OperatorId, Read
from services.identity.domain.operators import Operator, Role
from services.identity.ports import World
from services.kernel.keys.tokens import Caller
from services.kernel.web.guard import CallerOf


class OperatorSaid(BaseModel):
    """All that the member of staff may do, not a change of it; no role is needed for a scan."""

    organisation: CreditCode
    roles: list[Role] = Field(default_factory=list, max_length=20)
    version: Read = None
    removed: NotRemoved = False


class OperatorShown(BaseModel):
    operator_id: str
    version: int
    organisation: str
    roles: list[str]
    removed: bool


class OperatorsShown(BaseModel):
    """`next`: to be given as `after` for the page that follows; null on the last one."""

    operators: list[OperatorShown]
    next: str | None


def _shown(operator: Operator) -> OperatorShown:
    return OperatorShown(
        operator_id=operator.operator_id,
        version=operator.version,
        organisation=operator.organisation,
        roles=sorted(operator.roles),
        removed=operator.removed,
    )


def router(world: World, admin: CallerOf) -> APIRouter:
    """By operator id, which is the staff id and the name of the log-in that vouches for it."""
    routes = APIRouter()

    @routes.put("/v1/operators/{operator_id:path}")
    async def put_operator(
        operator_id: OperatorId, said: OperatorSaid, by: Annotated[Caller, Depends(admin)]
    ) -> OperatorShown:
        """Register one, change one, or take one back after removal."""
        wanted = Operator(
            operator_id=operator_id, organisation=said.organisation, roles=frozenset(said.roles)
        )
        return _shown(await handlers.put_operator(world, wanted, by=by, read=said.version))

    @routes.get("/v1/operators", dependencies=[Depends(admin)])
    async def list_operators(
        organisation: Annotated[str | None, Query(max_length=64)] = None, after: After = "", limit: Limit = 50
    ) -> OperatorsShown:
        """By id, of one organisation or of all, removed ones too."""
        page = await handlers.list_operators(world, organisation=organisation, after=after, limit=limit)
        shown = [_shown(one) for one in page.found]
        return OperatorsShown(operators=shown, next=shown[-1].operator_id if page.more else None)

    @routes.get("/v1/operators/{operator_id:path}", dependencies=[Depends(admin)])
    async def get_operator(operator_id: OperatorId) -> OperatorShown:
        return _shown(await handlers.get_operator(world, operator_id))

    @routes.delete("/v1/operators/{operator_id:path}")
    async def remove_operator(
        operator_id: OperatorId, by: Annotated[Caller, Depends(admin)]
    ) -> OperatorShown:
        """From now on no scan and no sign-in; what was done stays on record."""
        return _shown(await handlers.remove_operator(world, operator_id, by=by))

    return routes
