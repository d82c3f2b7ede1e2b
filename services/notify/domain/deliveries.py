"""How what a partner is told gets there: tries, and what follows each."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

DeliveryState = Literal["waiting", "delivered", "failed"]
# A retry comes up to this share later than planned, so that what failed together does not return together.
JITTER = 0.2
SUBSCRIPTION_DISABLED = "subscription_disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How deliveries are tried: `claim` is how long a process may keep one to itself."""

    waits: tuple[timedelta, ...]
    timeout: timedelta
    claim: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an endpoint made of an attempt; `gone` asks us never to come again."""

    taken: bool = False
    gone: bool = False
    status: int | None = None
    error: str | None = None
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way to one subscription; whoever moves `next_at` ahead may send it until then."""

    id: str
    subscription_id: str
    event_id: str
    type: str
    body: str
    at: datetime
    next_at: datetime
    state: DeliveryState = "waiting"
    attempts: int = 0
    last_status: int | None = None
    last_error: str | None = None
    version: int = 1

    def after(self, answer: Answer, *, at: datetime, pace: Pace, chance: float) -> "Delivery":
        """Decide what follows: done, given up, or another try, never before the endpoint asked for it."""
        done = replace(
            self, attempts=self.attempts + 1, last_status=answer.status, last_error=answer.error, next_at=at
        )
        if answer.taken:
            return replace(done, state="delivered")
        if answer.gone or self.attempts >= len(pace.waits):
            return replace(done, state="failed")
        planned = pace.waits[self.attempts] * (1 + JITTER * chance)
        asked = min(answer.retry_after or timedelta(), max(pace.waits))
        return replace(done, next_at=at + max(planned, asked))
