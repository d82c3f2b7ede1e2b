"""Puts notify together."""

import secrets
from datetime import timedelta

from services.kernel.engines import Engines
from services.kernel.guard import Guard
from services.kernel.idempotency import REQUEST_KEYS, RequestKeys
from services.kernel.lease import LEASES, Lease
from services.kernel.relay import Relay
from services.kernel.secrets import read_key
from services.kernel.service import Service
from services.kernel.vault import KEYS, Vault
from services.notify import api, stream
from services.notify.domain import Pace
from services.notify.handlers import Deliverer, Inbox, Partners
from services.notify.settings import NotifySettings
from services.notify.store import (
    DELIVERIES,
    MESSAGES,
    NAMES,
    SUBSCRIPTIONS,
    StoredDeliveries,
    StoredMessages,
    StoredNames,
    StoredSubscriptions,
)
from services.notify.text import words
from services.notify.webhooks import HttpSender, LaneCourier, NetworkGuard, networks, secret_text

COLLECTIONS = (MESSAGES, NAMES, SUBSCRIPTIONS, DELIVERIES, KEYS, LEASES, REQUEST_KEYS)


def build(settings: NotifySettings, engines: Engines) -> Service:
    """One process of notify, not yet started."""
    documents, clock = engines.documents, engines.clock
    folder = settings.secrets_dir / "notify"
    vault, lease = Vault(documents, read_key(folder / "master.key")), Lease(documents, clock)
    subscriptions, deliveries = StoredSubscriptions(documents, vault), StoredDeliveries(documents)
    pace = Pace(
        waits=settings.waits,
        timeout=timedelta(seconds=settings.webhook_timeout),
        claim=timedelta(seconds=settings.webhook_timeout + settings.claim_slack),
    )
    networks_guard = NetworkGuard(networks(settings.allowed_networks))
    sender = HttpSender(networks_guard, timeout=pace.timeout)
    deliverer = Deliverer(
        subscriptions, deliveries, sender, clock, pace=pace, chance=secrets.SystemRandom().random
    )
    courier = LaneCourier(deliverer.attempt, at_once=settings.at_once, per_endpoint=settings.per_endpoint)
    partners = Partners(
        subscriptions,
        deliveries,
        networks_guard,
        courier,
        clock,
        pseudonym_key=read_key(folder / "partners.key"),
        claim=pace.claim,
        new_secret=secrets.token_bytes,
    )
    inbox = Inbox(StoredMessages(documents, vault), StoredNames(documents), words, clock)
    checker = engines.checker(settings)
    guard = Guard(checker)
    listeners = stream.listeners(inbox, partners)

    async def deliver() -> None:
        async with sender:
            await courier.deliver_forever()

    async def sweep() -> None:
        await courier.sweep_forever(lambda: deliverer.sweep(courier), lease)

    return Service(
        name="notify",
        documents=documents,
        collections=COLLECTIONS,
        checker=checker,
        relay=Relay(documents, engines.bus, lease, clock, collections=()),
        routers=(
            api.residents(inbox, guard),
            api.partners(partners, guard, RequestKeys(documents, clock), secret_text),
        ),
        listeners=listeners,
        hearing=engines.hear("notify", listeners, engines.bus),
        loops=(deliver, sweep),
    )
