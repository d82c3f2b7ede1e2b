"""What notify hears of spaces."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from services.kernel.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryAdded(Event):
    """Heard from space: a certificate has arrived in its holder's space. `valid_to` None is 长期.

    `audience`: `partners` where the holder is not to be told yet; it is heard again without when it is.
    """

    type: ClassVar[str] = "space.entry.added.v1"
    subject_field: ClassVar[str] = "entry_id"
    key_field: ClassVar[str] = "holder_id"
    entry_id: str
    version: int
    holder_id: str
    certificate_type: str
    certificate_name: str
    state: str
    authority: str
    authority_name: str
    valid_to: date | None = None
    added_at: datetime
    audience: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryChanged(Event):
    """Heard from space: a certificate in its holder's space is in another state; `audience` as before."""

    type: ClassVar[str] = "space.entry.changed.v1"
    subject_field: ClassVar[str] = "entry_id"
    key_field: ClassVar[str] = "holder_id"
    entry_id: str
    version: int
    holder_id: str
    certificate_type: str
    certificate_name: str
    state: str
    change: str
    authority: str
    authority_name: str
    changed_at: datetime
    audience: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PulledEntry:
    """One entry that was handed over, as it was at this version."""

    entry_id: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRecorded(Event):
    """Heard from space: an operator asked for a holder's certificates, in vain where there is a `reason`."""

    type: ClassVar[str] = "space.access.recorded.v1"
    subject_field: ClassVar[str] = "access_id"
    key_field: ClassVar[str] = "holder_id"
    access_id: str
    version: int
    holder_id: str
    operator: str
    organisation: str
    counter: str
    item: str
    purpose: str
    outcome: str
    reason: str | None = None
    certificate_types: tuple[str, ...]
    recorded_at: datetime
    entries: tuple[PulledEntry, ...] = ()
    action: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChanged(Event):
    """Heard from space: a dispute or a request for correction was opened, closed, or is overdue."""

    type: ClassVar[str] = "space.case.changed.v1"
    subject_field: ClassVar[str] = "case_id"
    key_field: ClassVar[str] = "holder_id"
    case_id: str
    version: int
    holder_id: str
    kind: str
    organisation: str
    state: str
    overdue: bool = False
