"""How messages, subscriptions and deliveries are kept."""

from services.notify.store.deliveries import DELIVERIES, StoredDeliveries
from services.notify.store.inbox import (
    ERASURES,
    MESSAGES,
    NAMES,
    REGISTERED_NAMES,
    StoredMessages,
    StoredNames,
)
from services.notify.store.recipients import ENTRY_CHANGES, OUTDATED, RECIPIENTS, StoredRecipients
from services.notify.store.subscriptions import SUBSCRIPTIONS, StoredSubscriptions

__all__ = [
    "DELIVERIES",
    "ENTRY_CHANGES",
    "ERASURES",
    "MESSAGES",
    "NAMES",
    "OUTDATED",
    "RECIPIENTS",
    "REGISTERED_NAMES",
    "SUBSCRIPTIONS",
    "StoredDeliveries",
    "StoredMessages",
    "StoredNames",
    "StoredRecipients",
    "StoredSubscriptions",
]
