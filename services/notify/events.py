"""What notify hears; it says nothing on Kafka."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from services.kernel.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryAdded(Event):
    """Heard from space: a certificate has arrived in its holder's space. `valid_to` None is 长期."""

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
