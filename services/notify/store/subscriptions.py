"""Subscriptions to documents and back."""

import time
from collections.abc import Callable
from dataclasses import asdict, replace

from services.kernel.keys.vault import Keys, Vault
from services.kernel.store.documents import Collection, Document, Documents, DuplicateKey, Index
from services.notify.domain import Subscription

SUBSCRIPTIONS = Collection(
    name="subscriptions", indexes=(Index(keys=("state",)), Index(keys=("organisation", "at")))
)
_ALL = 100_000
_AT_HAND_S = 1.0


class StoredSubscriptions:
    """Subscriptions; secrets are encrypted with a data key each."""

    def __init__(
        self, documents: Documents, vault: Vault, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._documents = documents
        self._vault = vault
        self._monotonic = monotonic
        self._at_hand: dict[str, tuple[float, Subscription | None]] = {}

    async def add(self, subscription: Subscription) -> Subscription:
        """Keep it, or give what another request with the same id kept."""
        keys = await self._vault.keys([_key_of(subscription.id)], "own")
        document = asdict(subscription)
        document["_id"] = document.pop("id")
        document["secret"] = keys.encrypt(
            _key_of(subscription.id), subscription.secret, place=f"subscriptions/{subscription.id}"
        )
        try:
            await self._documents.insert(SUBSCRIPTIONS, document)
        except DuplicateKey:
            return await self.get(subscription.id) or subscription
        return subscription

    async def get(self, subscription_id: str) -> Subscription | None:
        """Give it as it stands."""
        found = await self._documents.get(SUBSCRIPTIONS, subscription_id)
        if found is None:
            return None
        keys = await self._vault.keys([_key_of(subscription_id)], "own", make=False)
        return _subscription(found, keys)

    async def at_hand(self, subscription_id: str) -> Subscription | None:
        """Give it as it stood within the last second (design.md, law 9)."""
        until, found = self._at_hand.get(subscription_id, (0.0, None))
        if until <= self._monotonic():
            found = await self.get(subscription_id)
            self._at_hand[subscription_id] = (self._monotonic() + _AT_HAND_S, found)
        return found

    async def active(self) -> list[Subscription]:
        """Every one that is to be served."""
        found = await self._documents.find(SUBSCRIPTIONS, {"state": "active"}, limit=_ALL)
        return [_listed(one) for one in found]

    async def of(self, organisation: str) -> list[Subscription]:
        """A partner's own, newest first."""
        equal = {"organisation": organisation}
        found = await self._documents.find(SUBSCRIPTIONS, equal, newest_first="at", limit=_ALL)
        return [_listed(one) for one in found]

    async def ids(self) -> list[str]:
        """All, disabled ones too."""
        return [one["_id"] for one in await self._documents.find(SUBSCRIPTIONS, {}, limit=_ALL)]

    async def disable(self, subscription_id: str) -> None:
        """Done by whoever is first."""
        self._at_hand.pop(subscription_id, None)
        found = await self._documents.get(SUBSCRIPTIONS, subscription_id)
        if found:
            await self._documents.update(
                SUBSCRIPTIONS, subscription_id, version=found["version"], changes={"state": "disabled"}
            )


def _key_of(subscription_id: str) -> str:
    """Name the data key as if the subscription were a holder."""
    return f"subscription:{subscription_id}"


def _listed(document: Document) -> Subscription:
    """Without its secret: one that cannot be opened must not keep the others from being served."""
    own = {"id": document["_id"], "event_types": tuple(document["event_types"]), "secret": b""}
    return Subscription(**{name: (document | own)[name] for name in Subscription.__slots__})


def _subscription(document: Document, keys: Keys) -> Subscription:
    place = f"subscriptions/{document['_id']}"
    secret = keys.decrypt(_key_of(document["_id"]), bytes(document["secret"]), place=place)
    return replace(_listed(document), secret=secret)
