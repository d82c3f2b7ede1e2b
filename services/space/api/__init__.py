"""HTTP in: parse, call one handler, show."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime

from services.kernel.keys.tokens import Caller
from services.kernel.web.guard import Guard
from services.kernel.web.idempotency import RequestKeys, made_id
from services.space.api.callers import holders
from services.space.api.cases import cases_router
from services.space.api.concessions import add_concessions
from services.space.api.counter import Asking, MatchList, PullAnswer, match_list, operator_of, pull_answer
from services.space.api.shapes import (
    AccessPage,
    Arrival,
    EntryPage,
    ItemList,
    Limit,
    WholeEntry,
    access_page,
    both,
    item,
)
from services.space.api.trail import trail_router
from services.space.handlers import Space

__all__ = ["cases_router", "make_router", "trail_router"]

# Times near the ends of the calendar cannot be brought to UTC.
Since = Annotated[
    AwareDatetime | None, Query(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(9000, 1, 1, tzinfo=UTC))
]


def make_router(space: Space, guard: Guard, keys: RequestKeys) -> APIRouter:
    """Put together the addresses under `/v1`."""
    router = APIRouter(prefix="/v1")
    _for_holders(router, space, guard)
    _for_operators(router, space, guard, keys)
    add_concessions(router, space, guard, keys)

    @router.get("/items")
    async def items() -> ItemList:
        """List the items and the certificates that each may ask for: public."""
        return ItemList(items=[item(one) for one in await space.registry.all()])

    return router


def _for_holders(router: APIRouter, space: Space, guard: Guard) -> None:
    resident = Depends(holders(space, guard))

    @router.get("/entries")
    async def entries(
        caller: Annotated[Caller, resident], before: Arrival = None, limit: Limit = 50
    ) -> EntryPage:
        """List your certificates, newest first; `next` of one page is `before` of the following."""
        return EntryPage.model_validate(
            await space.archive.entries_of(caller.holder_ids, before=before, limit=limit)
        )

    @router.get("/entries/{entry_id}")
    async def entry(entry_id: str, caller: Annotated[Caller, resident]) -> WholeEntry:
        """Show one of your certificates, whole."""
        return WholeEntry.model_validate(both(await space.archive.entry_of(caller.holder_ids, entry_id)))

    @router.get("/accesses")
    async def accesses(
        caller: Annotated[Caller, resident],
        since: Since = None,
        before: Arrival = None,
        limit: Limit = 50,
    ) -> AccessPage:
        """List who asked for your certificates, at which counter, for what and why, newest first."""
        page = await space.archive.accesses_of(caller.holder_ids, since=since, before=before, limit=limit)
        return access_page(await space.callings.named(page))


def _for_operators(router: APIRouter, space: Space, guard: Guard, keys: RequestKeys) -> None:
    operator = guard.operator()

    @router.post("/matches")
    async def match(asking: Asking, caller: Annotated[Caller, Depends(operator)]) -> MatchList:
        """Find how each need of the grant's item is met, by the space or otherwise; shows no content."""
        return match_list(await space.counter.match(asking.grant, asking.asked(), by=operator_of(caller)))

    @router.post("/pulls")
    async def pull(
        asking: Asking,
        caller: Annotated[Caller, Depends(operator)],
        access_id: Annotated[str, Depends(made_id(keys, operator))],
    ) -> PullAnswer:
        """Hand over what the grant allows; the holder sees who asked, for what and why."""
        return pull_answer(
            await space.counter.pull(access_id, asking.grant, asking.asked(), by=operator_of(caller))
        )
