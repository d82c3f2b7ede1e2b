"""What space says of operators who pull more often than they may."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from services.kernel.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorCapped(Event):
    """Said once for an operator and an hour: that many pulls were handed over, and one more was refused."""

    type: ClassVar[str] = "space.operator.capped.v1"
    subject_field: ClassVar[str] = "hour_id"
    key_field: ClassVar[str] = "hour_id"
    hour_id: str
    version: int
    operator: str
    organisation: str
    counter: str
    most: int
    begins_at: datetime
    capped_at: datetime
