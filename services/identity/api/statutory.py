"""The report of what was done by statutory duty, for a second person."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from services.identity.api.scans import ScanId
from services.identity.domain.scans import Scan
from services.identity.domain.statutory import Finding
from services.identity.handlers import statutory
from services.identity.ports import World
from services.kernel.keys.tokens import Caller
from services.kernel.web.guard import Guard

# The ends of the calendar have no day before or after them.
Day = Annotated[date, Query(ge=date(1970, 1, 1), lt=date(9000, 1, 1))]


class Found(BaseModel):
    finding: Finding


class ReviewShown(BaseModel):
    reviewed_by: str
    finding: str
    reviewed_at: datetime


class DutyShown(BaseModel):
    """Without the holder: who looks at it looks at the operator."""

    scan_id: str
    operator: str
    counter: str
    item: str
    legal_basis: str
    purpose: str
    case_number: str | None
    scanned_at: datetime
    review: ReviewShown | None


class Report(BaseModel):
    day: date
    unmatched: list[DutyShown]


def _shown(scan: Scan) -> DutyShown:
    said = {name: getattr(scan, name) for name in DutyShown.model_fields if name != "review"}
    found = scan.review
    seen = (
        ReviewShown(reviewed_by=found.reviewed_by, finding=found.finding, reviewed_at=found.reviewed_at)
        if found
        else None
    )
    return DutyShown(**said, review=seen)


def router(world: World, guard: Guard) -> APIRouter:
    """For supervisors."""
    routes = APIRouter(tags=["statutory"])
    operator = guard.operator()

    @routes.get("/v1/statutory-scans")
    async def report(day: Day, caller: Annotated[Caller, Depends(operator)]) -> Report:
        """List those of your organisation on that day whose case number no decided case bears."""
        found = await statutory.statutory_report(world, caller, day)
        return Report(day=day, unmatched=[_shown(one) for one in found])

    @routes.post("/v1/statutory-scans/{scan_id}/review")
    async def review(scan_id: ScanId, said: Found, caller: Annotated[Caller, Depends(operator)]) -> DutyShown:
        """Write down what you found; nobody reviews a scan of their own."""
        return _shown(await statutory.review_statutory(world, caller, scan_id, said.finding))

    return routes
