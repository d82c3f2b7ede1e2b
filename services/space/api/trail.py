"""The record of accesses as something that can be proved, and its look-up by who runs the platform."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from services.kernel.keys.tokens import Caller, Jwks
from services.kernel.web.guard import Guard
from services.space.api.callers import holders
from services.space.api.counter import operator_of
from services.space.api.shapes import AccessPage, Arrival, Limit, access_page
from services.space.handlers import Space

# A signed head with the signatures of some witnesses.
OlderHead = Annotated[str | None, Query(min_length=1, max_length=4000)]
Reason = Annotated[str, Query(min_length=4, max_length=200, pattern=r"\S")]
# What it says of somebody is theirs alone.
_PRIVATE = {"Cache-Control": "no-store"}
_PUBLIC = {"Cache-Control": "public, max-age=300"}


def trail_router(space: Space, guard: Guard, keys: Callable[[], Jwks]) -> APIRouter:
    """`keys` are those of the log's heads, which may change while this serves."""
    router = APIRouter(tags=["log"])
    resident, admin = Depends(holders(space, guard)), Depends(guard.machine("admin"))

    @router.get("/v1/accesses/{access_id}/evidence")
    async def evidence(
        access_id: str, caller: Annotated[Caller, resident], older: OlderHead = None
    ) -> JSONResponse:
        """Take along the proof that this access is on record; `older`: a signed head that was kept."""
        told = await space.trail.evidence(caller.holder_ids, access_id, older=older)
        return JSONResponse(dict(told), headers=_PRIVATE)

    @router.get("/v1/log/keys")
    async def log_keys() -> JSONResponse:
        """The public keys of the log's heads."""
        return JSONResponse(dict(keys()), headers=_PUBLIC)

    @router.get("/v1/holders/{holder_id}/accesses")
    async def look_up(
        holder_id: str,
        reason: Reason,
        caller: Annotated[Caller, admin],
        before: Arrival = None,
        limit: Limit = 50,
    ) -> AccessPage:
        """Look into a holder's accesses, for a reason that the holder sees: on record before the answer."""
        page = await space.trail.look_up(
            holder_id, reason, by=operator_of(caller), before=before, limit=limit
        )
        return access_page(await space.callings.named(page))

    return router
