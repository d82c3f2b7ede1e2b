"""What a holder is told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar

from services.kernel.event import Heard
from services.notify.domain.notices import Personal, PersonalKind, notice
from services.notify.events import AccessRecorded, CaseChanged, EntryAdded, EntryChanged

# What partners may be told too.
Told = EntryAdded | EntryChanged | AccessRecorded
ToHolder = Told | Personal
# Some of them.
ToldHolder = TypeVar("ToldHolder", bound=ToHolder)
# The same of what partners may be told.
ToldPartner = TypeVar("ToldPartner", bound=Told)
# What another machine has just written may bear a time that is still to come here.
CLOCKS_APART = timedelta(minutes=5)
Spoken = Literal["entry_added", "entry_changed", "access_pulled", "access_refused", "concession_used"]
Kind = Spoken | PersonalKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One notice to one holder; `params` are what its text is made of, in any language."""

    id: str
    holder_id: str
    at: datetime
    kind: Kind
    subject: str
    version: int
    params: Mapping[str, Any]


def message(heard: Heard[ToldHolder]) -> Message:
    """Say what the holder is to be told; the id is the same at every repetition of the event."""
    kind, params = _notice(heard.event)
    return Message(
        id=f"{heard.id}:inbox",
        holder_id=heard.event.holder_id,
        at=heard.time,
        kind=kind,
        subject=heard.subject,
        version=heard.event.version,
        params=params,
    )


def is_for_holder(event: ToHolder) -> bool:
    """Not before it is known that the holder is the right one: then it is said again.

    Nor what the holder has done a moment ago: opened a case, or withdrawn it.
    """
    if isinstance(event, CaseChanged):
        return event.overdue or event.state not in {"open", "withdrawn"}
    return not isinstance(event, EntryAdded | EntryChanged) or event.audience is None


def is_for_partners(event: Told) -> bool:
    """At which gates somebody is let through, and that there is a ground for it, is between the two."""
    return not isinstance(event, AccessRecorded) or event.action != "concession"


def _notice(event: ToHolder) -> tuple[Kind, dict[str, Any]]:
    if isinstance(event, EntryAdded):
        return "entry_added", fields_of(event, "certificate_name", "authority_name", "valid_to")
    if isinstance(event, EntryChanged):
        return "entry_changed", fields_of(event, "certificate_name", "authority_name", "state", "change")
    if not isinstance(event, AccessRecorded):
        return notice(event)
    told = ("organisation", "counter", "operator", "item", "purpose", "certificate_types", "reason")
    return _OUTCOMES.get(event.outcome, "access_refused"), fields_of(event, *told)


_OUTCOMES: Mapping[str, Kind] = {"pulled": "access_pulled", "used": "concession_used"}


def fields_of(event: Told, *wanted: str) -> dict[str, Any]:
    return {name: getattr(event, name) for name in wanted}


def names(events: Iterable[ToHolder]) -> dict[str, str]:
    """Give what the events call things, by code; access records have codes only."""
    found: dict[str, str] = {}
    for event in events:
        if isinstance(event, EntryAdded | EntryChanged):
            found[event.certificate_type] = event.certificate_name
            found[event.authority] = event.authority_name
    # A certificate may come without the name of its authority; the first name learned is the one that stays.
    return {code: name for code, name in found.items() if name.strip()}


def codes(messages: Iterable[Message]) -> list[str]:
    """Give the codes in these messages that a reader wants the names of."""
    told = [one.params for one in messages if "organisation" in one.params]
    return sorted(
        {code for params in told for code in (params["organisation"], *params.get("certificate_types", ()))}
    )
