"""What space hears of frozen and ended codes."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from services.kernel.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingChanged(Event):
    """Heard from identity: the holder's codes were frozen, thawed or ended; its versions are its own."""

    type: ClassVar[str] = "identity.holder.standing_changed.v1"
    subject_field: ClassVar[str] = "holder_id"
    key_field: ClassVar[str] = "holder_id"
    holder_id: str
    version: int
    state: str
    changed_at: datetime
