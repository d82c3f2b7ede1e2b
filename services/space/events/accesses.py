"""What space says of who used a holder's certificates."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from services.kernel.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PulledEntry:
    """One entry that was handed over, as it was at this version."""

    entry_id: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRecorded(Event):
    """Said: an operator asked for a holder's certificates. `reason` is a reason code, when refused.

    `action`: `match`, `pull` or `concession`; a match or a check that is answered is `AccessNoted`.
    """

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
    outcome: Literal["pulled", "used", "refused"]
    reason: str | None = None
    certificate_types: tuple[str, ...]
    recorded_at: datetime
    entries: tuple[PulledEntry, ...] = ()
    action: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessNoted(Event):
    """Said: there is an access record of which nobody is told at once; the log takes it up."""

    type: ClassVar[str] = "space.access.noted.v1"
    subject_field: ClassVar[str] = "access_id"
    key_field: ClassVar[str] = "holder_id"
    access_id: str
    version: int
    holder_id: str
    action: str
    recorded_at: datetime
