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
from services.kernel.log.kept import LOG_COLLECTIONS
from services.kernel.names import hash_name
from services.kernel.outbox.aggregates import Aggregates
from services.kernel.outbox.relay import Relay
from services.kernel.process.engines import Engines
from services.kernel.process.service import Service
from services.kernel.store.lease import Lease
from services.kernel.web.guard import Guard
from services.kernel.web.idempotency import REQUEST_KEYS, RequestKeys
from services.kernel.web.log import log_router
from services.space.api import cases_router, make_router, trail_router
from services.space.credentials import ShownInPart
from services.space.deadlines import tell_for_ever
from services.space.domain import Item
from services.space.grants import SignedGrants
from services.space.handlers import (
    Archive,
    Arrivals,
    Callings,
    Counter,
    Doubts,
    Registry,
    Rights,
    Space,
)
from services.space.parts import Keeping, case_room, keeping, trail
from services.space.registry import read_items
from services.space.settings import SpaceSettings
from services.space.store import (
    ACCESSES,
    CASES,
    CONFIRMED_NAMES,
    ENTRIES,
    HOLDER_NAMES,
    ITEMS,
    MANDATES,
    ORGANISATION_NAMES,
    REPORTS,
    TYPE_CODES,
    WITHDRAWN_GRANTS,
    AccessStore,
    EntryStore,
    ItemStore,
    NameStore,
    OrganisationStore,
    ReportStore,
    RevocationStore,
    TypeStore,
)
from services.space.stream import listeners
from services.space.tickets import SignedTickets
from services.space.transparency import Auditor

log = logging.getLogger("yima.space")

AGGREGATES = (ENTRIES, ACCESSES, ITEMS, REPORTS, CASES)
MIRRORS = (WITHDRAWN_GRANTS, MANDATES, HOLDER_NAMES, CONFIRMED_NAMES, TYPE_CODES, ORGANISATION_NAMES)
PUBLISH_PAUSE_S = 1.0


def build(settings: SpaceSettings, engines: Engines) -> Service:
    """One process that serves."""
    return assemble(settings, engines)[0]


def assemble(settings: SpaceSettings, engines: Engines) -> tuple[Service, Auditor]:
    """Open nothing but the key files and the item files; the command line uses the auditor alone."""
    documents, clock = engines.documents, engines.clock
    lease = Lease(documents, clock)
    relay = Relay(documents, engines.bus, lease, clock, AGGREGATES)
    checker = engines.checker(settings)
    ring = FileRing(settings.secrets_dir / "space" / "tickets.jwks")
    held = keeping(settings, engines)
    space = make_space(settings, engines, relay, checker, ring, held)
    hears = listeners(space)
    guard, keys = Guard(checker), RequestKeys(documents, clock)
    service = Service(
        name="space",
        documents=documents,
        collections=(
            *AGGREGATES,
            *LOG_COLLECTIONS,
            *MIRRORS,
            REQUEST_KEYS,
        ),
        relay=relay,
        checker=checker,
        routers=[
            make_router(space, guard, keys),
            trail_router(space, guard, lambda: held.log.keys),
            cases_router(space, guard, keys),
            log_router(held.log.tree),
        ],
        listeners=hears,
        hearing=engines.hear("space", hears, engines.bus),
        rings=[ring, held.ring],
        loops=[
            _publishing(space, read_items(settings.items_dir)),
            held.log.sequencer(lease).run_forever,
            lambda: tell_for_ever(space.cases, lease),
        ],
    )
    return service, Auditor(documents, held.log, space.trail.accesses, clock)


def make_space(
    settings: SpaceSettings,
    engines: Engines,
    relay: Relay,
    checker: TokenChecker,
    ring: KeyRing,
    held: Keeping,
) -> Space:
    """Give the handlers what they need from the world."""
    documents, clock = engines.documents, engines.clock
    secrets = settings.secrets_dir / "space"
    entries, accesses, items, reports, cases = (
        Aggregates(documents, each, relay, clock) for each in AGGREGATES
    )
    kept = EntryStore(documents, entries, held.vault)
    doubts = Doubts(
        names=NameStore(documents),
        entries=kept,
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
    archive = Archive(doubts=doubts, entries=kept, accesses=recorded, clock=clock)
    proved = trail(held, engines, recorded, doubts.names)
    return Space(
        arrivals=Arrivals(seals=seals, entries=kept, doubts=doubts, clock=clock),
        doubts=doubts,
        callings=Callings(organisations=OrganisationStore(documents), items=known),
        archive=archive,
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
        trail=proved,
        cases=case_room(held, engines, cases, proved, archive),
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
