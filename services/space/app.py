"""Puts the space together; the only file that knows every other."""

from functools import partial

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
from services.kernel.stream.freshness import Freshness
from services.kernel.web.guard import Guard
from services.kernel.web.idempotency import REQUEST_KEYS, RequestKeys
from services.space.api import LARGE_BODIES, make_router
from services.space.credentials import ShownInPart
from services.space.domain import Item, ItemInvalid
from services.space.grants import SignedGrants
from services.space.handlers import (
    Arrivals,
    Callings,
    Concessions,
    Counter,
    Doubts,
    Registry,
    Rights,
    Space,
)
from services.space.parts import Holding, publishing, tidy_for_ever
from services.space.registry import read_concessions, read_items
from services.space.settings import SpaceSettings
from services.space.store import (
    ACCESSES,
    CONCESSION_USES,
    CONFIRMED_NAMES,
    ENTRIES,
    ERASURES,
    HEADERS,
    HOLDER_NAMES,
    ITEMS,
    MANDATES,
    MARKS,
    ORGANISATION_NAMES,
    PIECES,
    PULL_HOURS,
    REPORTS,
    STANDINGS,
    TYPE_CODES,
    VERSIONS,
    WITHDRAWN_GRANTS,
    AccessStore,
    CapStore,
    EntryStore,
    HistoryStore,
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

AGGREGATES = (ENTRIES, ACCESSES, ITEMS, REPORTS, PULL_HOURS)
ARCHIVE = (MARKS, VERSIONS, HEADERS, PIECES, ERASURES)
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
    """Open nothing but the key files and the item files."""
    documents, clock = engines.documents, engines.clock
    lease = Lease(documents, clock)
    relay = Relay(documents, engines.bus, lease, clock, AGGREGATES)
    checker = engines.checker(settings)
    ring = FileRing(settings.secrets_dir / "space" / "tickets.jwks")
    freshness = Freshness(engines.tail)
    space = make_space(settings, engines, relay, checker, ring, freshness)
    hears = listeners(space)
    return Service(
        name="space",
        documents=documents,
        collections=(*AGGREGATES, *MIRRORS, *ARCHIVE, CONCESSION_USES, REQUEST_KEYS),
        relay=relay,
        checker=checker,
        routers=[make_router(space, Guard(checker), RequestKeys(documents, clock))],
        listeners=hears,
        hearing=engines.hear("space", hears, engines.bus),
        freshness=freshness,
        urgent=urgent(space),
        rings=[ring],
        loops=[publishing(space, _declared(settings, space)), partial(tidy_for_ever, space, lease)],
        large_bodies=LARGE_BODIES,
    )


def make_space(
    settings: SpaceSettings,
    engines: Engines,
    relay: Relay,
    checker: TokenChecker,
    ring: KeyRing,
    freshness: Freshness,
) -> Space:
    """Give the handlers what they need from the world."""
    documents, clock = engines.documents, engines.clock
    secrets = settings.secrets_dir / "space"
    entries, accesses, items, reports, hours = (
        Aggregates(documents, each, relay, clock) for each in AGGREGATES
    )
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
        arrivals=Arrivals(seals=seals, entries=kept, histories=histories, doubts=doubts, clock=clock),
        doubts=doubts,
        callings=Callings(organisations=OrganisationStore(documents), items=known),
        archive=archive,
        keeping=keeping,
        counter=counter,
        concessions=Concessions(
            rules=read_concessions(settings.concessions_dir), counter=counter, uses=UseStore(documents)
        ),
        registry=Registry(items=known, types=types),
        rights=rights,
    )


def _declared(settings: SpaceSettings, space: Space) -> list[Item]:
    """Give the items of the files, and that of each concession; one code stands for one item."""
    items = [*read_items(settings.items_dir), *(one.as_item() for one in space.concessions.all())]
    codes = [one.item for one in items]
    if twice := {code for code in codes if codes.count(code) > 1}:
        raise ItemInvalid(f"{', '.join(sorted(twice))} is an item's and a concession's")
    return items
