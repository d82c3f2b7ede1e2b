"""How often one may ask: so many times in each window, and a window is a minute or a day on the wall."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Literal

from services.kernel.errors import TooMany

# By operator: scans, statutory scans, and what is answered about a number. By client: tokens, registrations.
LimitKind = Literal["scan", "lookup", "statutory", "token", "register"]

# All counters of the country share one wall clock, which has no summer time since 1991.
_WALL = timezone(timedelta(hours=8))
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
# So many writes a window at most, and that part of the limit is what a process that dies takes along.
_CHUNKS = 12


class RateLimited(TooMany):
    code = "rate_limited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From `begins` until just before `ends`."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """`most` in a window, given out in chunks of `chunk` slots."""

    most: int
    window: Literal["a minute", "a day"]
    chunk: int

    @classmethod
    def a_minute(cls, most: int) -> "Limit":
        """Few writes count most: what a process takes along when it dies is back within the minute."""
        return cls(most=most, window="a minute", chunk=-(-most // _CHUNKS))

    @classmethod
    def a_day(cls, most: int) -> "Limit":
        """Every slot is written down: what is lost would be lost for the day."""
        return cls(most=most, window="a day", chunk=1)

    @property
    def chunks(self) -> Mapping[int, int]:
        """How many slots each chunk holds, by its number."""
        starts = range(0, self.most, self.chunk)
        return {number: min(self.chunk, self.most - start) for number, start in enumerate(starts)}

    def window_at(self, at: datetime) -> Window:
        """The one that this moment lies in."""
        wall = at.astimezone(_WALL)
        if self.window == "a minute":
            begins, lasts = wall.replace(second=0, microsecond=0), _MINUTE
        else:
            begins, lasts = wall.replace(hour=0, minute=0, second=0, microsecond=0), _DAY
        return Window(begins=begins, ends=begins + lasts)

    def exceeded(self, *, at: datetime) -> RateLimited:
        """Whoever waits as long as it says finds the next window open."""
        seconds = -((at - self.window_at(at).ends) // timedelta(seconds=1))
        return RateLimited(
            f"{self.most} {self.window} is the most; there is room again in {seconds} s", retry_after=seconds
        )
