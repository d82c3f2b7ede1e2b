"""Puts the space together; the only file that knows every other."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from services.kernel.errors import Unavailable
from services.kernel.keys.rings import FileRing, KeyRing, Signer
from services.kernel.keys.sealing import Opener
from services.kernel.keys.secrets import read_jwks, read_key
from services.kernel.keys.tokens import TokenChecker
from services.kernel.keys.vault import Vault
from services.kernel.names import hash_name
from services.kernel.outbox.aggregates import Aggregates
from services.kernel.outbox.relay import Relay
from services.kernel.process.engines import Engines
from services.kernel.process.service import Service
from services.kernel.store.lease import Lease
from services.kernel.web.guard import Guard
from services.kernel.web.idempotency import REQUEST_KEYS, RequestKeys
from services.space.api import LARGE_BODIES, make_router
from services.space.credentials import ShownInPart
from services.space.domain import Item
from services.space.grants import SignedGrants
from services.space.handlers import Arrivals, Counter, Doubts, Registry, Rights, Space
from services.space.parts import Holding, tidy_for_ever
from services.space.registry import read_items
from services.space.settings import SpaceSettings
from services.space.store import (
    ACCESSES,
    CONFIRMED_NAMES,
    ENTRIES,
    ERASURES,
    HEADERS,
    HOLDER_NAMES,
    ITEMS,
    MANDATES,
    MARKS,
    PIECES,
    REPORTS,
    TYPE_CODES,
    VERSIONS,
    WITHDRAWN_GRANTS,
    AccessStore,
    EntryStore,
    HistoryStore,
    ItemStore,
    NameStore,
    ReportStore,
    RevocationStore,
    TypeStore,
)
from services.space.stream import listeners
from services.space.tickets import SignedTickets

log = logging.getLogger("yima.space")

AGGREGATES = (ENTRIES, ACCESSES, ITEMS, REPORTS)
ARCHIVE = (MARKS, VERSIONS, HEADERS, PIECES, ERASURES)
MIRRORS = (WITHDRAWN_GRANTS, MANDATES, HOLDER_NAMES, CONFIRMED_NAMES, TYPE_CODES)
PUBLISH_PAUSE_S = 1.0


def build(settings: SpaceSettings, engines: Engines) -> Service:
    """Open nothing but the key files and the item files."""
    documents, clock = engines.documents, engines.clock
    lease = Lease(documents, clock)
    relay = Relay(documents, engines.bus, lease, clock, AGGREGATES)
    checker = engines.checker(settings)
    ring = FileRing(settings.secrets_dir / "space" / "tickets.jwks")
    space = make_space(settings, engines, relay, checker, ring)
    hears = listeners(space)
    return Service(
        name="space",
        documents=documents,
        collections=(
            *AGGREGATES,
            *ARCHIVE,
            WITHDRAWN_GRANTS,
            MANDATES,
            HOLDER_NAMES,
            CONFIRMED_NAMES,
            TYPE_CODES,
            REQUEST_KEYS,
        ),
        relay=relay,
        checker=checker,
        routers=[make_router(space, Guard(checker), RequestKeys(documents, clock))],
        listeners=hears,
        hearing=engines.hear("space", hears, engines.bus),
        rings=[ring],
        loops=[_publishing(space, read_items(settings.items_dir)), partial(tidy_for_ever, space, lease)],
        large_bodies=LARGE_BODIES,
    )


def make_space(
    settings: SpaceSettings, engines: Engines, relay: Relay, checker: TokenChecker, ring: KeyRing
) -> Space:
    """Give the handlers what they need from the world."""
    documents, clock = engines.documents, engines.clock
    secrets = settings.secrets_dir / "space"
    entries, accesses, items, reports = (Aggregates(documents, each, relay, clock) for each in AGGREGATES)
    master = read_key(secrets / "master.key")
    vault = Vault(documents, master)
    kept, histories = EntryStore(documents, entries, vault), HistoryStore(documents, vault)
    doubts = Doubts(
        names=NameStore(documents),
        entries=kept,
        histories=histories,
        reports=ReportStore(reports),
        hash_name=partial(hash_name, read_key(secrets / "name.key")),
        clock=clock,
    )
    seals = Opener(read_jwks(secrets / "sealing.jwks"))
    rights = Rights(revocations=RevocationStore(documents), clock=clock)
    known, types, recorded = (
        ItemStore(documents, items),
        TypeStore(documents),
        AccessStore(documents, accesses),
    )
    holding = Holding(
        documents=documents,
        aggregates=entries,
        vault=vault,
        master=master,
        clock=clock,
        entries=kept,
        histories=histories,
        doubts=doubts,
    )
    archive, keeping = holding.both(settings, recorded)
    return Space(
        arrivals=Arrivals(seals=seals, entries=kept, histories=histories, doubts=doubts, clock=clock),
        doubts=doubts,
        archive=archive,
        keeping=keeping,
        counter=Counter(
            rights=rights,
            doubts=doubts,
            entries=kept,
            accesses=recorded,
            items=known,
            types=types,
            grants=SignedGrants(checker),
            credentials=ShownInPart(),
            tickets=SignedTickets(Signer(ring), clock),
            clock=clock,
        ),
        registry=Registry(items=known, types=types),
        rights=rights,
    )


def _publishing(space: Space, declared: Sequence[Item]) -> Callable[[], Awaitable[None]]:
    """Bring the registry up to the files once, however long the database is away."""

    async def publish() -> None:
        while True:
            try:
                await space.registry.publish(declared)
                break
            except Unavailable as error:  # Stale too: another process of ours was publishing
                log.warning("waiting to publish the items", extra={"reason": error.code})
                await asyncio.sleep(PUBLISH_PAUSE_S)
        log.info("items stand", extra={"items": len(declared)})
        await asyncio.Event().wait()  # a loop that ends is begun again

    return publish
