"""Nouns and rules of telling: messages to holders, deliveries to partners. Pure: no clock, no I/O."""

from services.notify.domain.deliveries import SUBSCRIPTION_DISABLED, Answer, Delivery, DeliveryState, Pace
from services.notify.domain.letters import letter, partner_key
from services.notify.domain.messages import (
    CLOCKS_APART,
    Kind,
    Message,
    Told,
    ToldHolder,
    ToldPartner,
    codes,
    message,
    names,
)
from services.notify.domain.recipients import (
    PULL_OUTDATED,
    Outdated,
    Recipient,
    outdated,
    recall,
    recipients,
    that_matter,
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
    "PULL_OUTDATED",
    "SUBSCRIPTION_DISABLED",
    "Answer",
    "Delivery",
    "DeliveryState",
    "EventTypeUnknown",
    "Kind",
    "Message",
    "OrganisationMissing",
    "Outdated",
    "Pace",
    "Recipient",
    "Subscription",
    "SubscriptionState",
    "SubscriptionUnknown",
    "SubscriptionsTooMany",
    "Told",
    "ToldHolder",
    "ToldPartner",
    "check_room",
    "codes",
    "event_types",
    "letter",
    "message",
    "names",
    "outdated",
    "partner_key",
    "recall",
    "recipients",
    "that_matter",
]
