"""How many pulls one operator has an hour, and what is said when there are no more."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.kernel.errors import TooMany
from services.space.domain.grants import Operator
from services.space.events import OperatorCapped

_HOUR = timedelta(hours=1)


class PullCapReached(TooMany):
    """A queue has an end: who pulls more than a counter can serve is a mistake, or collects."""

    code = "pull_cap_reached"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullHour:
    """One operator's hour on the wall. Operators move between counters, so a counter has none of its own."""

    operator: Operator
    begins_at: datetime

    @classmethod
    def of(cls, operator: Operator, *, at: datetime) -> "PullHour":
        """The one that this moment lies in."""
        return cls(operator=operator, begins_at=at.replace(minute=0, second=0, microsecond=0))

    @property
    def hour_id(self) -> str:
        """An operator's id is one organisation's."""
        return f"{self.operator.operator}{self.stamp}"

    @property
    def stamp(self) -> str:
        """What all operators' hours of this time end with."""
        return f"/{self.begins_at:%Y-%m-%dT%H}"

    def full(self, *, most: int, at: datetime) -> PullCapReached:
        """Give the refusal: whoever waits as long as it says finds the next hour open."""
        seconds = -((at - self.begins_at - _HOUR) // timedelta(seconds=1))
        return PullCapReached(
            f"{most} pulls an hour is the most; there is room again in {seconds} s", retry_after=seconds
        )

    def capped(self, *, version: int, most: int, at: datetime) -> OperatorCapped:
        """Give the fact, for whoever looks after operators."""
        return OperatorCapped(
            hour_id=self.hour_id,
            version=version,
            operator=self.operator.operator,
            organisation=self.operator.organisation,
            counter=self.operator.counter,
            most=most,
            begins_at=self.begins_at,
            capped_at=at,
        )
