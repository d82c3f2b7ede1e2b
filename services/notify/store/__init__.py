"""How messages, subscriptions and deliveries are kept."""

from services.notify.store.deliveries import DELIVERIES, StoredDeliveries
from services.notify.store.inbox import MESSAGES, NAMES, StoredMessages, StoredNames
from services.notify.store.subscriptions import SUBSCRIPTIONS, StoredSubscriptions

__all__ = [
    "DELIVERIES",
    "MESSAGES",
    "NAMES",
    "SUBSCRIPTIONS",
    "StoredDeliveries",
    "StoredMessages",
    "StoredNames",
    "StoredSubscriptions",
]
