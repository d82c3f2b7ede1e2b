"""Deliveries to documents and back."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from services.kernel.store.documents import Collection, Document, Documents, Index
from services.notify.domain import Delivery, DeliveryState
from services.notify.store.pages import page

DELIVERIES = Collection(
    name="deliveries",
    indexes=(
        Index(keys=("state", "next_at")),
        Index(keys=("subscription_id", "at")),
        Index(keys=("at",), expire_after=90 * 24 * 3600),
    ),
)
_AT_ONCE = 500
_PERIODS = (timedelta(hours=1), timedelta(days=1))
_CHANGES = ("state", "attempts", "next_at", "last_status", "last_error")


class StoredDeliveries:
    """One document each; whoever changes it first has it."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def keep(self, deliveries: Sequence[Delivery]) -> frozenset[str]:
        """A few writes for all: one of a hundred events for a hundred partners would never end in time."""
        known: set[str] = set()
        for start in range(0, len(deliveries), _AT_ONCE):
            page = [_document(one) for one in deliveries[start : start + _AT_ONCE]]
            known |= await self._documents.insert_many(DELIVERIES, page)
        return frozenset(known)

    async def save(self, delivery: Delivery) -> Delivery | None:
        """One write, if the version is still this one."""
        changes = {name: getattr(delivery, name) for name in _CHANGES}
        saved = await self._documents.update(
            DELIVERIES, delivery.id, version=delivery.version, changes=changes
        )
        return replace(delivery, version=delivery.version + 1) if saved else None

    async def due(self, subscription_ids: Sequence[str], *, at: datetime, limit: int) -> list[Delivery]:
        """Along the index on state and time."""
        equal = {"state": "waiting", "subscription_id": tuple(subscription_ids)}
        found = await self._documents.find(DELIVERIES, equal, before=("next_at", at), limit=limit)
        return [_delivery(one) for one in found]

    async def newest(
        self,
        subscription_ids: Sequence[str],
        *,
        state: DeliveryState | None,
        before: datetime,
        limit: int,
    ) -> list[Delivery]:
        """Newest first, of one state or of all."""
        equal: dict[str, Any] = {"subscription_id": tuple(subscription_ids)} | (
            {"state": state} if state else {}
        )
        found = await page(self._documents, DELIVERIES, equal, before=before, limit=limit, periods=_PERIODS)
        return [_delivery(one) for one in found]


def _document(delivery: Delivery) -> Document:
    document = asdict(delivery)
    document["_id"] = document.pop("id")
    return document


def _delivery(document: Document) -> Delivery:
    fields = {**document, "id": document["_id"]}
    return Delivery(**{name: fields[name] for name in Delivery.__slots__})
