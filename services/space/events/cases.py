"""What space says of disputes and requests for correction: never a word of what was written."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from services.kernel.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChanged(Event):
    """Said: a holder's case was opened, closed, or is overdue. `organisation` empty: the platform's."""

    type: ClassVar[str] = "space.case.changed.v1"
    subject_field: ClassVar[str] = "case_id"
    key_field: ClassVar[str] = "holder_id"
    case_id: str
    version: int
    holder_id: str
    kind: str
    subject_id: str
    organisation: str
    state: str
    overdue: bool
    due_at: datetime
    changed_at: datetime
