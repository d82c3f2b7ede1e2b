"""Puts the space together; the only file that knows every other."""

from functools import partial

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
from services.kernel.stream.freshness import Freshness
from services.kernel.web.guard import Guard
from services.kernel.web.idempotency import REQUEST_KEYS, RequestKeys
from services.kernel.web.log import log_router
from services.space.api import cases_router, make_router, trail_router
from services.space.credentials import ShownInPart
from services.space.deadlines import tell_for_ever
from services.space.grants import SignedGrants
from services.space.handlers import (
    Archive,
    Arrivals,
    Callings,
    Concessions,
    Counter,
    Doubts,
    Registry,
    Rights,
    Space,
)
from services.space.parts import Keeping, case_room, declared_in, keeping, publishing, trail
from services.space.registry import read_concessions
from services.space.settings import SpaceSettings
from services.space.store import (
    ACCESSES,
    CASES,
    CONCESSION_USES,
    CONFIRMED_NAMES,
    ENTRIES,
    HOLDER_NAMES,
    ITEMS,
    MANDATES,
    ORGANISATION_NAMES,
    PULL_HOURS,
    REPORTS,
    STANDINGS,
    TYPE_CODES,
    WITHDRAWN_GRANTS,
    AccessStore,
    CapStore,
    EntryStore,
    ItemStore,
    NameStore,
    OrganisationStore,
    ReportStore,
    RevocationStore,
    TypeStore,
    UseStore,
)
from services.space.stream import listeners, urgent
from services.space.tickets import SignedTickets
from services.space.transparency import Auditor

AGGREGATES = (ENTRIES, ACCESSES, ITEMS, REPORTS, PULL_HOURS, CASES)
MIRRORS = (
    WITHDRAWN_GRANTS,
    MANDATES,
    STANDINGS,
    HOLDER_NAMES,
    CONFIRMED_NAMES,
    TYPE_CODES,
    ORGANISATION_NAMES,
)


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
    freshness = Freshness(engines.tail)
    space = make_space(settings, engines, relay, checker, ring, freshness, held)
    hears = listeners(space)
    guard, keys = Guard(checker), RequestKeys(documents, clock)
    service = Service(
        name="space",
        documents=documents,
        collections=(*AGGREGATES, *LOG_COLLECTIONS, *MIRRORS, CONCESSION_USES, REQUEST_KEYS),
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
        freshness=freshness,
        urgent=urgent(space),
        rings=[ring, held.ring],
        loops=[
            publishing(space, declared_in(settings, space)),
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
    freshness: Freshness,
    held: Keeping,
) -> Space:
    """Give the handlers what they need from the world."""
    documents, clock = engines.documents, engines.clock
    secrets = settings.secrets_dir / "space"
    entries, accesses, items, reports, hours, cases = (
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
    counter = Counter(
        rights=rights,
        freshness=freshness,
        caps=CapStore(documents, hours, clock, most=settings.pulls_an_hour),
        doubts=doubts,
        entries=kept,
        accesses=recorded,
        items=known,
        types=types,
        grants=SignedGrants(checker),
        credentials=ShownInPart(),
        tickets=SignedTickets(Signer(ring), clock),
        clock=clock,
    )
    return Space(
        arrivals=Arrivals(seals=seals, entries=kept, doubts=doubts, clock=clock),
        doubts=doubts,
        callings=Callings(organisations=OrganisationStore(documents), items=known),
        archive=archive,
        counter=counter,
        concessions=Concessions(
            rules=read_concessions(settings.concessions_dir), counter=counter, uses=UseStore(documents)
        ),
        registry=Registry(items=known, types=types),
        rights=rights,
        trail=proved,
        cases=case_room(held, engines, cases, proved, archive),
    )
