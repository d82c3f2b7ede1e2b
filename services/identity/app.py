"""Puts identity together; the only file that knows every other."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial

from services.identity import handlers, store
from services.identity.api import routers
from services.identity.codes import CoseCodes
from services.identity.ports import Lifetimes, World
from services.identity.settings import IdentitySettings
from services.identity.signing import JwtSigning
from services.identity.stream import listeners
from services.kernel.errors import Unavailable
from services.kernel.holders import holder_id
from services.kernel.keys.secrets import read_jwk, read_jwks, read_key
from services.kernel.keys.tokens import Jwks, TokenChecker
from services.kernel.keys.vault import KEYS, Vault
from services.kernel.outbox.aggregates import Aggregates
from services.kernel.outbox.relay import WATERMARKS, Relay
from services.kernel.process.engines import Engines
from services.kernel.process.service import Hearing, Service
from services.kernel.store.documents import Collection
from services.kernel.store.lease import LEASES, Lease
from services.kernel.web.guard import Guard
from services.kernel.web.idempotency import REQUEST_KEYS, RequestKeys

log = logging.getLogger("yima.identity")

PAUSE_S = 0.5


def build(settings: IdentitySettings, engines: Engines) -> Service:
    """Nothing is opened but the key files."""
    documents, clock = engines.documents, engines.clock
    relay = Relay(documents, engines.bus, Lease(documents, clock), clock, store.AGGREGATES)
    heard: list[Hearing] = []
    world = _world(settings, engines, relay, complete=lambda: all(one.caught_up for one in heard))
    hears = listeners(world)
    heard.append(engines.hear("identity", hears, engines.bus))
    published = world.signing.published
    # Its own tokens it checks with its own keys, without asking itself over HTTP.
    guard = Guard(TokenChecker(partial(_at_hand, published), settings.issuer, clock=clock))
    admin = read_jwk(settings.secrets_dir / "identity" / "admin.jwk")
    return Service(
        name="identity",
        documents=documents,
        collections=(*store.COLLECTIONS, REQUEST_KEYS, KEYS, LEASES, WATERMARKS),
        relay=relay,
        routers=routers(world, guard, RequestKeys(documents, clock), published),
        listeners=hears,
        hearing=heard[0],
        loops=(partial(_introduce, world, admin),),
    )


def _world(
    settings: IdentitySettings, engines: Engines, relay: Relay, *, complete: Callable[[], bool]
) -> World:
    documents, secrets = engines.documents, settings.secrets_dir / "identity"
    vault = Vault(documents, read_key(secrets / "master.key"))
    assertion_life = timedelta(seconds=settings.assertion_seconds)

    def kept(collection: Collection) -> Aggregates:
        return Aggregates(documents, collection, relay, engines.clock)

    return World(
        organisations=store.KeptOrganisations(kept(store.ORGANISATIONS)),
        clients=store.KeptClients(kept(store.CLIENTS)),
        holders=store.KeptHolders(kept(store.HOLDERS), vault),
        items=store.MirroredItems(documents, complete),
        scans=store.KeptScans(kept(store.SCANS)),
        used_assertions=store.KeptAssertions(documents),
        codes=CoseCodes(read_jwks(secrets / "codes.jwks")),
        signing=JwtSigning(
            read_jwks(secrets / "tokens.jwks"), settings.issuer, assertion_life=assertion_life
        ),
        name_holder=partial(holder_id, read_key(secrets / "holder.key")),
        lifetimes=Lifetimes(
            code=timedelta(seconds=settings.code_seconds),
            token=timedelta(seconds=settings.token_seconds),
            grant=timedelta(seconds=settings.grant_seconds),
        ),
        clock=engines.clock,
    )


async def _at_hand(published: Jwks) -> Jwks:
    return published


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
