"""Puts notify together."""

import secrets
from dataclasses import dataclass
from functools import partial

from services.kernel.keys.secrets import read_key
from services.kernel.keys.vault import KEYS, Vault
from services.kernel.outbox.relay import Relay
from services.kernel.process.engines import Engines
from services.kernel.process.service import Service
from services.kernel.store.lease import LEASES, Lease
from services.kernel.web.guard import Guard
from services.kernel.web.idempotency import REQUEST_KEYS, RequestKeys
from services.notify import api, stream
from services.notify.handlers import Deliverer, Inbox, Partners, Recipients
from services.notify.settings import NotifySettings
from services.notify.store import (
    DELIVERIES,
    ENTRY_CHANGES,
    ERASURES,
    MESSAGES,
    NAMES,
    OUTDATED,
    RECIPIENTS,
    REGISTERED_NAMES,
    SUBSCRIPTIONS,
    StoredDeliveries,
    StoredMessages,
    StoredNames,
    StoredRecipients,
    StoredSubscriptions,
)
from services.notify.text import words
from services.notify.webhooks import HttpSender, LaneCourier, NetworkGuard, networks, secret_text

COLLECTIONS = (
    *(MESSAGES, NAMES, REGISTERED_NAMES, ERASURES, SUBSCRIPTIONS, DELIVERIES),
    *(RECIPIENTS, ENTRY_CHANGES, OUTDATED, KEYS, LEASES, REQUEST_KEYS),
)


def build(settings: NotifySettings, engines: Engines) -> Service:
    """One process of notify, not yet started."""
    documents, clock = engines.documents, engines.clock
    folder = settings.secrets_dir / "notify"
    vault, lease = Vault(documents, read_key(folder / "master.key")), Lease(documents, clock)
    subscriptions, deliveries = StoredSubscriptions(documents, vault), StoredDeliveries(documents)
    addresses = NetworkGuard(networks(settings.allowed_networks))
    post = _post(settings, engines, subscriptions, deliveries, addresses)
    partners = Partners(
        subscriptions,
        deliveries,
        addresses,
        post.courier,
        clock,
        pseudonym_key=read_key(folder / "partners.key"),
        claim=settings.pace.claim,
        new_secret=secrets.token_bytes,
    )
    inbox = Inbox(StoredMessages(documents, vault), StoredNames(documents), words, clock)
    checker = engines.checker(settings)
    guard = Guard(checker)
    recipients = Recipients(StoredRecipients(documents), partners, clock)
    listeners = stream.listeners(inbox, partners, recipients)
    return Service(
        name="notify",
        documents=documents,
        collections=COLLECTIONS,
        checker=checker,
        relay=Relay(documents, engines.bus, lease, clock, collections=()),
        routers=(
            api.residents(inbox, guard),
            api.partners(partners, guard, RequestKeys(documents, clock), secret_text),
            api.outdated(recipients, guard),
        ),
        listeners=listeners,
        hearing=engines.hear("notify", listeners, engines.bus),
        loops=(post.deliver, partial(post.sweep, lease)),
    )


@dataclass(frozen=True, slots=True)
class _Post:
    """What carries deliveries out of this process."""

    sender: HttpSender
    deliverer: Deliverer
    courier: LaneCourier

    async def deliver(self) -> None:
        async with self.sender:
            await self.courier.deliver_forever()

    async def sweep(self, lease: Lease) -> None:
        await self.courier.sweep_forever(lambda: self.deliverer.sweep(self.courier), lease)


def _post(
    settings: NotifySettings,
    engines: Engines,
    subscriptions: StoredSubscriptions,
    deliveries: StoredDeliveries,
    addresses: NetworkGuard,
) -> _Post:
    pace = settings.pace
    sender = HttpSender(addresses, timeout=pace.timeout)
    chance = secrets.SystemRandom().random
    deliverer = Deliverer(subscriptions, deliveries, sender, engines.clock, pace=pace, chance=chance)
    limits = {"at_once": settings.at_once, "per_endpoint": settings.per_endpoint}
    return _Post(sender, deliverer, LaneCourier(deliverer.attempt, **limits))
