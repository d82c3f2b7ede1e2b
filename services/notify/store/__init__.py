"""How messages, subscriptions and deliveries are kept."""

from services.notify.store.deliveries import DELIVERIES, StoredDeliveries
from services.notify.store.inbox import ERASURES, MESSAGES, NAMES, StoredMessages, StoredNames
from services.notify.store.subscriptions import SUBSCRIPTIONS, StoredSubscriptions

__all__ = [
    "DELIVERIES",
    "ERASURES",
    "MESSAGES",
    "NAMES",
    "SUBSCRIPTIONS",
    "StoredDeliveries",
    "StoredMessages",
    "StoredNames",
    "StoredSubscriptions",
]
