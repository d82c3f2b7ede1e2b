"""What identity says of a holder, as notify hears it."""

from datetime import UTC, datetime
from typing import Any

from services.kernel.event import Event, Heard
from services.notify.events import CaseChanged, CodeReused, MandateChanged, ScanRecorded, StandingChanged
from tests.notify.parts import ALICE, BUREAU, FOOD

MOMENT = datetime(2026, 3, 9, 2, 30, 9, tzinfo=UTC)
AT_THE_COUNTER: dict[str, Any] = {
    "holder_id": ALICE,
    "operator": "op-0017",
    "organisation": BUREAU,
    "counter": "3号窗口",
}


def heard(event: Event) -> Heard[Any]:
    return Heard(
        id=f"{event.type}-1", type=event.type, source="/identity", subject="s", time=MOMENT, event=event
    )


def a_scan(**changes: Any) -> Heard[Any]:
    said: dict[str, Any] = {
        **AT_THE_COUNTER,
        "item": f"{BUREAU}3000131127004",
        "purpose": "办理食品经营许可变更",
        "scanned_at": MOMENT,
        "certificate_types": (FOOD,),
    }
    return heard(ScanRecorded(scan_id="s1", version=1, **(said | changes)))


def a_standing(state: str, acting_as: str) -> Heard[Any]:
    return heard(
        StandingChanged(holder_id=ALICE, version=1, state=state, acting_as=acting_as, changed_at=MOMENT)
    )


def a_mandate(*, to: str = ALICE, **changes: Any) -> Heard[Any]:
    said: dict[str, Any] = {"role": "helper", "items": ("x", "y"), "state": "open"}
    said |= {"until": datetime(2026, 12, 31, 16, tzinfo=UTC)} | changes
    return heard(
        MandateChanged(mandate_id="m1", version=1, holder_id=to, principal=ALICE, changed_at=MOMENT, **said)
    )


def a_reuse() -> Heard[Any]:
    first = datetime(2026, 3, 8, 23, 5, tzinfo=UTC)
    return heard(CodeReused(reuse_id="r1", version=1, **AT_THE_COUNTER, used_at=MOMENT, first_used_at=first))


def a_case(**changes: Any) -> Heard[Any]:
    said: dict[str, Any] = {"kind": "dispute", "organisation": BUREAU, "state": "upheld", "version": 2}
    return heard(CaseChanged(case_id="c1", holder_id=ALICE, **said | changes))
