"""HTTP in: what organisations pulled and is no longer as they pulled it."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict

from services.kernel.keys.tokens import Caller
from services.kernel.web.guard import Guard
from services.notify.api.telling import SCOPE, Before, Limit
from services.notify.handlers import Recipients


class OutdatedPull(BaseModel):
    """One change of an entry that the organisation had pulled before; nothing of whose it is."""

    model_config = ConfigDict(from_attributes=True)

    entry_id: str
    version: int
    state: str
    change: str
    certificate_type: str
    authority: str
    changed_at: datetime
    at: datetime


class OutdatedPulls(BaseModel):
    """Newest first; the next page is asked for with the last `at` as `before`."""

    outdated_pulls: list[OutdatedPull]


def outdated(recipients: Recipients, guard: Guard) -> APIRouter:
    """For registered systems with the scope `events:subscribe`, whether or not they have subscribed."""
    router = APIRouter(prefix="/v1", tags=["partners"])
    machine = guard.machine(SCOPE)

    @router.get("/outdated-pulls")
    async def show(
        caller: Annotated[Caller, Depends(machine)], before: Before = None, limit: Limit = 50
    ) -> OutdatedPulls:
        found = await recipients.told(caller, before=before, limit=limit)
        return OutdatedPulls(outdated_pulls=[OutdatedPull.model_validate(one) for one in found])

    return router
