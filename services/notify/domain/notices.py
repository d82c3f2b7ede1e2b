"""What a holder is told of its code, its standing and its mandates; partners are told none of it."""

from collections.abc import Mapping
from typing import Any, Literal

from services.notify.events import (
    CaseChanged,
    CodeReused,
    MandateChanged,
    ScanDisputed,
    ScanRecorded,
    StandingChanged,
)

Personal = ScanRecorded | ScanDisputed | CodeReused | StandingChanged | MandateChanged | CaseChanged
PersonalKind = Literal[
    "code_scanned",
    "consent_asked",
    "scanned_by_duty",
    "scanned_offline",
    "scan_disputed",
    "code_reused",
    "codes_frozen",
    "codes_thawed",
    "codes_ended",
    "mandate_offered",
    "mandate_opened",
    "mandate_ended",
    "case_answered",
    "case_overdue",
]

_STANDINGS: Mapping[str, PersonalKind] = {"frozen": "codes_frozen", "active": "codes_thawed"}
_MANDATES: Mapping[str, PersonalKind] = {"offered": "mandate_offered", "open": "mandate_opened"}
_WHO = ("organisation", "counter", "operator")


def notice(event: Personal) -> tuple[PersonalKind, dict[str, Any]]:
    """Give the kind of message and what its text is made of, times as text."""
    match event:
        case ScanRecorded():
            said = (*_WHO, "item", "purpose", "case_number", "certificate_types", "mode")
            return _kind_of_scan(event), _taken(event, *said)
        case ScanDisputed():
            return "scan_disputed", _taken(event, *_WHO)
        case CodeReused():
            times = {name: getattr(event, name).isoformat() for name in ("used_at", "first_used_at")}
            return "code_reused", _taken(event, *_WHO) | times
        case CaseChanged():
            told = _taken(event, "organisation", "state") | {"about": event.kind}
            return "case_overdue" if event.overdue else "case_answered", told
        case StandingChanged():
            return _STANDINGS.get(event.state, "codes_ended"), _taken(event, "state", "acting_as")
        case MandateChanged():
            until = event.until.isoformat() if event.until else None
            more = {"until": until, "given": event.holder_id == event.principal}
            return _MANDATES.get(event.state, "mandate_ended"), _taken(event, "role", "items") | more


def _kind_of_scan(event: ScanRecorded) -> PersonalKind:
    if event.mode == "statutory":
        return "scanned_by_duty"
    if event.mode == "offline":
        return "scanned_offline"
    return "consent_asked" if event.state == "pending" else "code_scanned"


def _taken(event: Personal, *wanted: str) -> dict[str, Any]:
    return {name: getattr(event, name) for name in wanted}
