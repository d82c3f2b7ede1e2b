"""What notify needs from the world; every method may raise the kernel's `Unavailable`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.kernel.errors import Invalid
from services.notify.domain import Answer, Delivery, DeliveryState, Message, Outdated, Recipient, Subscription
from services.notify.events import EntryChanged, OrganisationRegistered


class WebhookUrlInvalid(Invalid):
    """Not an http(s) address of ours to send to, or one in a network that may not be reached."""

    code = "webhook_url_invalid"


class Messages(Protocol):
    """The inboxes; params are readable with the holder's key alone."""

    async def keep(self, messages: Sequence[Message]) -> None:
        """Keep each once, however often it is told."""
        ...

    async def newest(self, holder_ids: Sequence[str], *, before: datetime, limit: int) -> list[Message]:
        """Give those older than `before`, newest first; a page never parts two of one time."""
        ...

    async def forget(self, holder_id: str, *, version: int) -> None:
        """Make all that was kept for the holder until this erasure unreadable; once for each version."""
        ...


class Names(Protocol):
    """What codes of certificate types and organisations are called."""

    async def learn(self, names: Mapping[str, str]) -> None:
        """Remember the names that are new."""
        ...

    async def register(self, heard: Sequence[OrganisationRegistered]) -> None:
        """Remember what organisations are called from now on; an older version changes nothing."""
        ...

    async def of(self, codes: Sequence[str]) -> Mapping[str, str]:
        """Give the names of those that are known."""
        ...


class Words(Protocol):
    """The texts of messages."""

    def __call__(self, message: Message, names: Mapping[str, str]) -> tuple[str, str]:
        """Give the text in Chinese and in English."""
        ...


class Subscriptions(Protocol):
    """What partners have asked for."""

    async def add(self, subscription: Subscription) -> Subscription:
        """Keep it, or give what stands under its id already."""
        ...

    async def get(self, subscription_id: str) -> Subscription | None:
        """Give it as it stands in the store."""
        ...

    async def at_hand(self, subscription_id: str) -> Subscription | None:
        """Give it as it stood at most a second ago."""
        ...

    async def active(self) -> list[Subscription]:
        """Give every one that is to be served, as the store has it now, without secrets."""
        ...

    async def of(self, organisation: str) -> list[Subscription]:
        """Give every one of a partner, newest first, without secrets."""
        ...

    async def ids(self) -> list[str]:
        """Give the ids of all, disabled ones too: their deliveries must end as well."""
        ...

    async def disable(self, subscription_id: str) -> None:
        """Serve it no more."""
        ...


class Deliveries(Protocol):
    """What is on its way, and what became of it."""

    async def keep(self, deliveries: Sequence[Delivery]) -> frozenset[str]:
        """Keep each once; give the ids that were there already."""
        ...

    async def save(self, delivery: Delivery) -> Delivery | None:
        """Keep the change in one write; None if another process changed it first."""
        ...

    async def due(self, subscription_ids: Sequence[str], *, at: datetime, limit: int) -> list[Delivery]:
        """Give those that wait and whose time has come."""
        ...

    async def newest(
        self,
        subscription_ids: Sequence[str],
        *,
        state: DeliveryState | None,
        before: datetime,
        limit: int,
    ) -> list[Delivery]:
        """Give those older than `before`, newest first; a page never parts two of one time."""
        ...


class Recipients(Protocol):
    """Who pulled what, what became of it, and who was told."""

    async def remember(self, recipients: Sequence[Recipient]) -> None:
        """Keep each, with the newest version that it pulled."""
        ...

    async def of(self, entry_ids: Sequence[str]) -> list[Recipient]:
        """Give all who have one of these."""
        ...

    async def keep_changes(self, changes: Sequence[EntryChanged]) -> None:
        """Keep the last one of each entry."""
        ...

    async def changes_of(self, entry_ids: Sequence[str]) -> list[EntryChanged]:
        """Give the last one of each of these that was ever changed."""
        ...

    async def tell(self, told: Sequence[Outdated]) -> None:
        """Keep each once."""
        ...

    async def newest(self, organisation: str, *, before: datetime, limit: int) -> list[Outdated]:
        """Give what an organisation was told, newest first; a page never parts two of one time."""
        ...


class Courier(Protocol):
    """Carries what is in memory, without letting one endpoint hold up another."""

    def room(self, subscription_id: str) -> int:
        """How many more it can take for this endpoint."""
        ...

    def idle(self, subscription_id: str) -> bool:
        """Whether nothing waits in memory for this endpoint."""
        ...

    def offer(self, delivery: Delivery) -> None:
        """Take it along; what is too much stays in the store and comes with a sweep."""
        ...


class Sender(Protocol):
    """The way to partners' endpoints."""

    async def send(self, delivery: Delivery, to: Subscription, *, at: datetime) -> Answer:
        """Send it once; whatever the endpoint does is an answer, not an error."""
        ...


class Addresses(Protocol):
    """Which addresses we send to."""

    async def check(self, url: str) -> None:
        """Return if it may be sent to, or raise `WebhookUrlInvalid`."""
        ...
