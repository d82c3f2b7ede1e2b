"""Puts identity together; the only file that knows every other."""

import asyncio
import logging
import secrets as chance
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial

from services.identity import handlers, store
from services.identity.api import routers
from services.identity.codes import CoseCodes, siv_key
from services.identity.drawing import ZintDrawing
from services.identity.events import (
    AliasesChanged,
    GrantWithdrawn,
    HolderErased,
    ScanRecorded,
    StandingChanged,
)
from services.identity.handlers.bearers import check_bearer
from services.identity.openid import OpenIdLogins
from services.identity.ports import Lifetimes, World
from services.identity.recent import RecentlyTold
from services.identity.settings import IdentitySettings
from services.identity.signing import ClientSignatures, JwtSigning
from services.identity.stream import listeners
from services.kernel.errors import Unavailable
from services.kernel.holders import holder_id
from services.kernel.keys.rings import FileRing
from services.kernel.keys.secrets import read_jwk, read_jwks, read_key
from services.kernel.keys.tokens import Jwks, TokenChecker
from services.kernel.keys.vault import KEYS, Vault
from services.kernel.names import hash_name
from services.kernel.outbox.aggregates import Aggregates
from services.kernel.outbox.relay import Relay
from services.kernel.outbox.sweep import WATERMARKS
from services.kernel.process.engines import Engines
from services.kernel.process.service import Hearing, Service
from services.kernel.store.documents import Collection
from services.kernel.store.lease import LEASES, Lease
from services.kernel.stream.broadcast import Broadcast
from services.kernel.web.guard import Guard
from services.kernel.web.idempotency import REQUEST_KEYS, RequestKeys

log = logging.getLogger("yima.identity")

PAUSE_S = 0.5

# A token may be made a while after what it rests on was read, and is taken a few seconds past its end.
_LATE = timedelta(minutes=1)
# After these a token may say too much of its holder.
_NEWS = frozenset(one.type for one in (StandingChanged, AliasesChanged, HolderErased))


def build(settings: IdentitySettings, engines: Engines) -> Service:
    """Nothing is opened but the key files."""
    documents, clock = engines.documents, engines.clock
    relay = Relay(documents, engines.bus, Lease(documents, clock), clock, store.AGGREGATES)
    heard: list[Hearing] = []
    tokens, codes = (
        FileRing(settings.secrets_dir / "identity" / f"{use}.jwks") for use in ("tokens", "codes")
    )
    # Its own tokens it checks with its own keys, without asking itself over HTTP.
    checker = TokenChecker(partial(_at_hand, tokens), settings.issuer, clock=clock, at_hand=True)
    recent = RecentlyTold(engines.ears, _NEWS, clock, kept=_lifetimes(settings).token + _LATE)
    broadcast = Broadcast(recent, (ScanRecorded.topic(), GrantWithdrawn.topic(), StandingChanged.topic()))
    world = _world(
        settings,
        engines,
        relay,
        checker,
        tokens,
        codes,
        broadcast,
        recent,
        complete=lambda: all(one.caught_up for one in heard),
    )
    hears = listeners(world)
    heard.append(engines.hear("identity", hears, engines.bus))
    guard = Guard(checker, still=partial(check_bearer, world))
    admin = read_jwk(settings.secrets_dir / "identity" / "admin.jwk")
    return Service(
        name="identity",
        documents=documents,
        collections=(*store.COLLECTIONS, REQUEST_KEYS, KEYS, LEASES, WATERMARKS),
        relay=relay,
        routers=routers(world, guard, RequestKeys(documents, clock), issuer=settings.issuer),
        listeners=hears,
        hearing=heard[0],
        checker=checker,
        rings=(tokens, codes),
        loops=(partial(_introduce, world, admin),),
        broadcast=broadcast,
    )


def _world(
    settings: IdentitySettings,
    engines: Engines,
    relay: Relay,
    checker: TokenChecker,
    tokens: FileRing,
    codes: FileRing,
    broadcast: Broadcast,
    recent: RecentlyTold,
    *,
    complete: Callable[[], bool],
) -> World:
    documents, secrets = engines.documents, settings.secrets_dir / "identity"
    vault = Vault(documents, read_key(secrets / "master.key"))
    assertion_life = timedelta(seconds=settings.assertion_seconds)

    def kept(collection: Collection) -> Aggregates:
        return Aggregates(documents, collection, relay, engines.clock)

    return World(
        organisations=store.KeptOrganisations(documents, kept(store.ORGANISATIONS)),
        operators=store.KeptOperators(documents, kept(store.OPERATORS)),
        limits=store.KeptLimits(documents, engines.clock, settings.limits),
        recent=recent,
        standings=store.KeptStandings(kept(store.STANDINGS), vault),
        linkages=store.KeptLinkages(documents, kept(store.LINKAGES)),
        mandates=store.KeptMandates(documents, kept(store.MANDATES)),
        types=store.MirroredTypes(documents),
        certificates=store.MirroredCertificates(documents),
        faces=store.KeptFaces(documents),
        drawing=ZintDrawing(),
        clients=store.KeptClients(documents, kept(store.CLIENTS)),
        audit=store.KeptAudit(documents),
        holders=store.KeptHolders(
            documents,
            kept(store.HOLDERS),
            vault,
            engines.clock,
            hash_name=partial(hash_name, read_key(secrets / "name.key")),
        ),
        items=store.MirroredItems(documents, complete),
        scans=store.KeptScans(documents, kept(store.SCANS)),
        emergency_codes=store.KeptEmergencyCodes(documents),
        reuses=store.KeptReuses(documents, kept(store.REUSES)),
        papers=store.KeptPapers(documents, kept(store.PAPERS)),
        cases=store.MirroredCases(documents),
        bells=broadcast,
        used_assertions=store.KeptAssertions(documents),
        issuers=store.KeptIssuers(documents, kept(store.ISSUERS)),
        logins=OpenIdLogins(engines.fetch_jwks, engines.clock),
        sessions=store.KeptSessions(documents),
        access_tokens=checker,
        codes=CoseCodes(codes, siv_key(read_jwks(secrets / "codes.jwks"))),
        signing=JwtSigning(tokens, settings.issuer),
        signatures=ClientSignatures(settings.issuer, life=assertion_life),
        new_secret=partial(chance.token_urlsafe, 32),
        public_url=settings.public,
        name_holder=partial(holder_id, read_key(secrets / "holder.key")),
        lifetimes=_lifetimes(settings),
        clock=engines.clock,
    )


def _lifetimes(settings: IdentitySettings) -> Lifetimes:
    return Lifetimes(
        code=timedelta(seconds=settings.code_seconds),
        token=timedelta(seconds=settings.token_seconds),
        grant=timedelta(seconds=settings.grant_seconds),
        paper=timedelta(days=settings.paper_days),
        consent=timedelta(seconds=settings.consent_seconds),
    )


async def _at_hand(ring: FileRing) -> Jwks:
    return ring.published


async def _introduce(world: World, admin: Mapping[str, object]) -> None:
    """Register the administrator's client as soon as the database is there; then rest."""
    while True:
        try:
            await handlers.introduce_administrator(world, admin)
        except Unavailable as error:
            log.warning("the administrator's client waits", extra={"reason": error.code})
            await asyncio.sleep(PAUSE_S)
        else:
            await asyncio.Event().wait()
