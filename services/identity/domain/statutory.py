"""Use by statutory duty (依职能用证): without the holder's yes, so with a second person's eye on it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.identity.domain.operators import Operator
from services.identity.domain.orders import Item, Order
from services.identity.domain.organisations import is_blank
from services.identity.domain.scans import Review, Scan, ScanUnknown
from services.kernel.errors import Conflict, Forbidden, Invalid

Finding = Literal["in_order", "misused"]


class ItemNotStatutory(Forbidden):
    """The item is not marked so, or does not name the law that says so."""

    code = "item_not_statutory"


class CaseNumberMissing(Invalid):
    """What is done by duty is done in a case."""

    code = "case_number_missing"


class SecondPersonNeeded(Forbidden):
    """Nobody looks at what they did themselves."""

    code = "second_person_needed"


class ReviewStands(Conflict):
    """Somebody has looked at it before, and found otherwise."""

    code = "review_stands"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """That an authority has decided a case with this id."""

    case_id: str
    version: int
    organisation: str


def check_duty(order: Order, operator: Operator, item: Item) -> None:
    """An item with its law, an operator with the role, and a case."""
    if not item.statutory or is_blank(item.basis):
        raise ItemNotStatutory(f"{item.item} names no law by which it is done without the holder's yes")
    operator.check_role("statutory")
    if is_blank(order.case_number or ""):
        raise CaseNumberMissing("a scan by statutory duty names the case")


def review(scan: Scan | None, finding: Finding, *, by: Operator, at: datetime) -> tuple[Scan, bool]:
    """Give the scan as it then stands, and whether that is new: the same finding again is not."""
    by.check_role("supervisor")
    if scan is None or scan.mode != "statutory" or scan.organisation != by.organisation:
        raise ScanUnknown("no such scan by statutory duty")
    if scan.operator == by.operator_id:
        raise SecondPersonNeeded("the operator who scanned cannot review it")
    if scan.review is not None:
        if (scan.review.reviewed_by, scan.review.finding) == (by.operator_id, finding):
            return scan, False
        raise ReviewStands(f"reviewed at {scan.review.reviewed_at:%Y-%m-%dT%H:%M:%SZ}")
    found = Review(reviewed_by=by.operator_id, finding=finding, reviewed_at=at)
    return replace(scan, version=scan.version + 1, review=found), True
