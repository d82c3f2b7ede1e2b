"""What partners ask for."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from services.kernel.errors import Conflict, Fault, Faulty, Forbidden, Invalid, NotFound
from services.notify.domain.recipients import PULL_OUTDATED
from services.notify.events import AccessRecorded, EntryAdded, EntryChanged

SubscriptionState = Literal["active", "disabled"]
# What a partner may subscribe to.
EVENT_TYPES = frozenset({EntryAdded.type, EntryChanged.type, AccessRecorded.type, PULL_OUTDATED})
# Each costs a write an event and a lane: one partner's must not crowd out the others'.
SUBSCRIPTIONS_A_PARTNER = 10


class EventTypeUnknown(Faulty):
    code = "event_type_unknown"


class SubscriptionUnknown(NotFound):
    code = "subscription_unknown"


class SubscriptionsTooMany(Conflict):
    code = "subscriptions_too_many"


class KeyOfAnotherSubscription(Invalid):
    """Keys are remembered for two days and subscriptions for good: another address must not look taken."""

    code = "idempotency_key_reused"


class OrganisationMissing(Forbidden):
    """A partner sees holders under the pseudonyms of its organisation: without one there are none."""

    code = "organisation_unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Where a partner wants which events; `secret` signs them, and is empty in lists."""

    id: str
    organisation: str
    url: str
    event_types: tuple[str, ...]
    state: SubscriptionState
    at: datetime
    secret: bytes = field(repr=False)
    version: int = 1

    def stands_for(self, asked: "Subscription") -> "Subscription":
        """Give it to a repeat of the request that made it, and to no other."""
        for name in ("organisation", "url", "event_types"):
            if getattr(self, name) != getattr(asked, name):
                raise KeyOfAnotherSubscription(f"this Idempotency-Key stands for another {name}")
        return self


def event_types(asked: Iterable[str]) -> tuple[str, ...]:
    """Give them sorted, each once; at least one is needed, and each is one that partners may hear."""
    types = tuple(sorted(set(asked)))
    if not types or not EVENT_TYPES.issuperset(types):
        others = len(EVENT_TYPES.union(types)) - len(EVENT_TYPES)
        got = f"{others} that cannot be subscribed to" if others else "none"
        raise EventTypeUnknown(
            [Fault("event_types", got, f"one or more of {', '.join(sorted(EVENT_TYPES))}")]
        )
    return types


def check_room(standing: Iterable[Subscription]) -> None:
    """Refuse one more than a partner may have; what has ended does not count."""
    active = sum(one.state == "active" for one in standing)
    if active >= SUBSCRIPTIONS_A_PARTNER:
        raise SubscriptionsTooMany(f"{active} are active; {SUBSCRIPTIONS_A_PARTNER} may be")
