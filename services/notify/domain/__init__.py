"""Nouns and rules of telling: messages to holders, deliveries to partners. Pure: no clock, no I/O."""

from services.notify.domain.deliveries import SUBSCRIPTION_DISABLED, Answer, Delivery, DeliveryState, Pace
from services.notify.domain.letters import letter, partner_key
from services.notify.domain.messages import (
    CLOCKS_APART,
    Kind,
    Message,
    Told,
    ToldHolder,
    codes,
    is_for_holder,
    message,
    names,
)
from services.notify.domain.subscriptions import (
    EventTypeUnknown,
    OrganisationMissing,
    Subscription,
    SubscriptionState,
    SubscriptionsTooMany,
    SubscriptionUnknown,
    check_room,
    event_types,
)

__all__ = [
    "CLOCKS_APART",
    "SUBSCRIPTION_DISABLED",
    "Answer",
    "Delivery",
    "DeliveryState",
    "EventTypeUnknown",
    "Kind",
    "Message",
    "OrganisationMissing",
    "Pace",
    "Subscription",
    "SubscriptionState",
    "SubscriptionUnknown",
    "SubscriptionsTooMany",
    "Told",
    "ToldHolder",
    "check_room",
    "codes",
    "event_types",
    "is_for_holder",
    "letter",
    "message",
    "names",
    "partner_key",
]
