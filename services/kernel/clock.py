"""Time and ids come in through the door: what a handler is given instead of asking the machine."""

import os
import time
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

# Validity dates, reminders and quiet hours are civil: shared by all counters of the country.
SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """The time, and ids that sort by it."""

    def now(self) -> datetime:
        """Aware, UTC, whole milliseconds."""
        ...

    def new_id(self) -> str:
        """Unique, 32 hexadecimal characters, sorting by time of making."""
        ...


class SystemClock:
    """The machine's own."""

    def now(self) -> datetime:
        """Aware, UTC, whole milliseconds: what BSON keeps, so that a time comes back as it went in."""
        now = datetime.now(UTC)
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def new_id(self) -> str:
        """A UUID version 7 without hyphens (RFC 9562, 5.7)."""
        stamp = time.time_ns() // 1_000_000
        chance = int.from_bytes(os.urandom(10))
        number = stamp << 80 | 0x7 << 76 | (chance >> 68 & 0xFFF) << 64 | 0b10 << 62 | chance & (1 << 62) - 1
        return f"{number:032x}"


def civil_date(moment: datetime) -> date:
    """The day on the wall at that moment, in China."""
    return moment.astimezone(SHANGHAI).date()
