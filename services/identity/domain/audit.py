"""The audit trail: what was changed in the registry, when, and by whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`what`: the type of the event that told of it; `said`: all that it said, which is how it stood then."""

    event_id: str
    at: datetime
    changed_by: str
    what: str
    subject: str
    version: int
    said: Mapping[str, Any]
