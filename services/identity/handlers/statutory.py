"""A second person looks at what was done by statutory duty."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone

from services.identity.domain.scans import Scan
from services.identity.domain.statutory import Case, Finding, review
from services.identity.events import CaseApproved
from services.identity.handlers.staff import operator_at_work
from services.identity.ports import World
from services.kernel.again import decide_again
from services.kernel.event import Heard
from services.kernel.keys.tokens import Caller

_WALL = timezone(timedelta(hours=8))  # civil days are those of Asia/Shanghai


async def statutory_report(world: World, caller: Caller, day: date) -> Sequence[Scan]:
    """Those of the caller's organisation on that day whose case number no decided case of it bears."""
    supervisor = await operator_at_work(world, caller, "supervisor")
    begins = datetime.combine(day, time(), _WALL).astimezone(UTC)
    scans = await world.scans.by_duty(
        supervisor.organisation, since=begins, before=begins + timedelta(days=1)
    )
    cases = await world.cases.find_many(sorted({scan.case_number or "" for scan in scans}))
    return [scan for scan in scans if not _matches(cases.get(scan.case_number or ""), scan)]


async def review_statutory(world: World, caller: Caller, scan_id: str, finding: Finding) -> Scan:
    """Write down what a second person found; the same again changes nothing."""
    supervisor = await operator_at_work(world, caller, "supervisor")

    async def attempt() -> Scan:
        found = await world.scans.find(scan_id)
        scan, is_new = review(found, finding, by=supervisor, at=world.clock.now())
        if is_new:
            await world.scans.change(scan)
        return scan

    return await decide_again(attempt)


async def mirror_cases(world: World, batch: Sequence[Heard[CaseApproved]]) -> None:
    """Of several versions in one batch the newest counts."""
    newest: dict[str, CaseApproved] = {}
    for heard in batch:
        said = heard.event
        if said.case_id not in newest or said.version > newest[said.case_id].version:
            newest[said.case_id] = said
    await world.cases.advance(
        [
            Case(case_id=said.case_id, version=said.version, organisation=said.organisation)
            for said in newest.values()
        ]
    )


def _matches(case: Case | None, scan: Scan) -> bool:
    """Somebody else's case is no reason for this organisation's scan."""
    return case is not None and case.organisation == scan.organisation
