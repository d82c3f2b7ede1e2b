"""What notify hears of holders, their codes and mandates, and of organisations."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from services.kernel.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRecorded(Event):
    """Heard from identity: an operator has read a holder's code; pending, it waits for the holder's tap."""

    type: ClassVar[str] = "identity.scan.recorded.v1"
    subject_field: ClassVar[str] = "scan_id"
    key_field: ClassVar[str] = "holder_id"
    scan_id: str
    version: int
    holder_id: str
    operator: str
    organisation: str
    counter: str
    item: str
    purpose: str
    case_number: str | None = None
    scanned_at: datetime
    mode: str = "presented"
    state: str = "granted"
    certificate_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanDisputed(Event):
    """Heard from identity: the holder says that it was somebody else who showed the code."""

    type: ClassVar[str] = "identity.scan.disputed.v1"
    subject_field: ClassVar[str] = "scan_id"
    key_field: ClassVar[str] = "holder_id"
    scan_id: str
    version: int
    holder_id: str
    operator: str
    organisation: str
    counter: str
    disputed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeReused(Event):
    """Heard from identity: an emergency code was used a second time."""

    type: ClassVar[str] = "identity.scan.code_reused.v1"
    subject_field: ClassVar[str] = "reuse_id"
    key_field: ClassVar[str] = "holder_id"
    reuse_id: str
    version: int
    holder_id: str
    operator: str
    organisation: str
    counter: str
    used_at: datetime
    first_used_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingChanged(Event):
    """Heard from identity: a holder's codes were frozen, thawed or ended, and by whom."""

    type: ClassVar[str] = "identity.holder.standing_changed.v1"
    subject_field: ClassVar[str] = "holder_id"
    key_field: ClassVar[str] = "holder_id"
    holder_id: str
    version: int
    state: str
    acting_as: str
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateChanged(Event):
    """Heard from identity, once for each side: who may act for whom."""

    type: ClassVar[str] = "identity.mandate.changed.v1"
    subject_field: ClassVar[str] = "mandate_id"
    key_field: ClassVar[str] = "holder_id"
    mandate_id: str
    version: int
    holder_id: str
    principal: str
    role: str
    items: tuple[str, ...]
    state: str
    until: datetime | None = None
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationRegistered(Event):
    """Heard from identity: what an organisation is called, so that no message shows a holder its code."""

    type: ClassVar[str] = "identity.organisation.registered.v1"
    subject_field: ClassVar[str] = "organisation"
    key_field: ClassVar[str] = "organisation"
    organisation: str
    version: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderErased(Event):
    """Heard from identity: what a holder gave of itself is to be unreadable, messages too."""

    type: ClassVar[str] = "identity.holder.erased.v1"
    subject_field: ClassVar[str] = "holder_id"
    key_field: ClassVar[str] = "holder_id"
    holder_id: str
    version: int
    erased_at: datetime
