"""Puts certs together; the only file that knows every room."""

import secrets
from dataclasses import dataclass

from services.certs import api, sheets, stream
from services.certs.domain import (
    ApprovalKeys,
)
from services.certs.expiry import expire_for_ever
from services.certs.handlers import Desk
from services.certs.imports import Importer
from services.certs.proof import (
    SIZE,
    Addresses,
    FileRings,
    Prover,
    Published,
    Publisher,
    Shuffles,
    publish_for_ever,
    shown_in,
)
from services.certs.settings import CertsSettings
from services.certs.store import (
    CERTIFICATE_EDITIONS,
    CERTIFICATE_TYPE_VERSIONS,
    CERTIFICATE_TYPES,
    CERTIFICATES,
    COUNTERS,
    IMPORT_LINES,
    IMPORTS,
    ORGANISATIONS,
    STATUS_LISTS,
    BlockCounter,
    CertificateStore,
    EditionStore,
    ImportStore,
    OrganisationMirror,
    StandingStore,
    StatusLists,
    TypeStore,
    read_types,
    take_files_for_ever,
)
from services.certs.transparency import LOG_COLLECTIONS, KeptLog
from services.kernel.clock import civil_date
from services.kernel.keys.rings import FileRing, Signer
from services.kernel.keys.sealing import Opener, Sealer
from services.kernel.keys.secrets import read_jwks, read_key, read_public_jwks
from services.kernel.keys.vault import KEYS, Vault
from services.kernel.outbox.aggregates import Aggregates
from services.kernel.outbox.relay import Relay
from services.kernel.outbox.sweep import WATERMARKS
from services.kernel.process.engines import Engines
from services.kernel.process.service import Service
from services.kernel.store.lease import LEASES, Lease
from services.kernel.web.guard import Guard
from services.kernel.web.idempotency import REQUEST_KEYS, RequestKeys
from services.kernel.web.log import log_router

COLLECTIONS = (
    *(CERTIFICATES, CERTIFICATE_TYPES, CERTIFICATE_TYPE_VERSIONS, ORGANISATIONS, IMPORTS, IMPORT_LINES),
    *LOG_COLLECTIONS,
    *(CERTIFICATE_EDITIONS, COUNTERS, STATUS_LISTS, KEYS, REQUEST_KEYS, LEASES, WATERMARKS),
)
# The route itself stops reading at its own limit and says what to do; this only lifts the general one.
_BODY_OF_A_FILE = 1 << 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a process of certs is made of; the command line uses some of it without serving."""

    service: Service
    desk: Desk
    importer: Importer
    relay: Relay
    log: KeptLog
    vault: Vault


def build(settings: CertsSettings, engines: Engines) -> Service:
    """One process that serves."""
    return assemble(settings, engines).service


def assemble(settings: CertsSettings, engines: Engines) -> Parts:
    """Read the secrets and put every part in its place; nothing is opened yet."""
    documents, clock = engines.documents, engines.clock
    lease = Lease(documents, clock)
    relay = Relay(documents, engines.bus, lease, clock, (CERTIFICATES, CERTIFICATE_TYPES))
    proof = _proof(settings, engines)
    types = TypeStore(documents, Aggregates(documents, CERTIFICATE_TYPES, relay, clock), files=read_types())
    vault = Vault(documents, read_key(settings.secrets_dir / "certs" / "master.key"))
    desk = _desk(settings, engines, relay, proof, types, vault)
    log_ring = FileRing(settings.secrets_dir / "certs" / "log.jwks")
    kept_log = KeptLog(documents, clock, vault, log_ring, name=settings.log_name, chance=secrets.token_bytes)
    importer = Importer(
        desk,
        ImportStore(documents),
        relay,
        lambda file, filename: sheets.read_lines(file, filename, today=civil_date(clock.now())),
        spool_dir=settings.spool_dir,
        largest_upload=settings.largest_upload,
        at_once=settings.imports_at_once,
    )
    heard = stream.listeners(
        desk, Opener(read_jwks(settings.secrets_dir / "certs" / "sealing.jwks")), kept_log
    )
    checker = engines.checker(settings)
    guard, keys = Guard(checker), RequestKeys(documents, clock)
    service = Service(
        name="certs",
        documents=documents,
        collections=COLLECTIONS,
        relay=relay,
        checker=checker,
        routers=[
            api.approvals_router(desk, guard, keys),
            api.imports_router(desk, importer, guard, keys),
            api.certificates_router(desk, guard),
            api.types_router(types, guard),
            api.public_router(proof.published),
            api.evidence_router(desk, kept_log, lambda: kept_log.keys, guard),
            log_router(kept_log.tree),
        ],
        listeners=heard,
        hearing=engines.hear("certs", heard, engines.bus),
        loops=[
            lambda: take_files_for_ever(types.take_files),
            lambda: expire_for_ever(desk, lease, relay),
            lambda: publish_for_ever(proof.publisher, lease, clock),
            kept_log.sequencer(lease).run_forever,
        ],
        rings=[proof.status_ring, log_ring],
        large_bodies={api.IMPORT_PATH: _BODY_OF_A_FILE},
    )
    return Parts(service=service, desk=desk, importer=importer, relay=relay, log=kept_log, vault=vault)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proof:
    prover: Prover
    publisher: Publisher
    published: Published
    status_ring: FileRing


def _proof(settings: CertsSettings, engines: Engines) -> _Proof:
    documents, clock, folder = engines.documents, engines.clock, settings.secrets_dir / "certs"
    rings = FileRings(folder / "authorities", clock=clock, suite=settings.suite)
    status_ring = FileRing(folder / "status.jwks")
    addresses, counter = Addresses(settings.address), BlockCounter(documents, "status-places")
    shuffles = Shuffles(read_key(folder / "shuffle.key"))
    lists = StatusLists(documents, counter, places=SIZE)
    return _Proof(
        prover=Prover(rings, counter, shuffles, addresses, salts=secrets.token_bytes),
        publisher=Publisher(lists=lists, addresses=addresses, signer=Signer(status_ring)),
        published=Published(
            rings=rings,
            status_ring=status_ring,
            addresses=addresses,
            lists=lists,
            counter=counter,
            clock=clock,
        ),
        status_ring=status_ring,
    )


def _desk(
    settings: CertsSettings,
    engines: Engines,
    relay: Relay,
    proof: _Proof,
    types: TypeStore,
    vault: Vault,
) -> Desk:
    documents, clock, folder = engines.documents, engines.clock, settings.secrets_dir
    kept = Aggregates(documents, CERTIFICATES, relay, clock)
    sealer = Sealer(read_public_jwks(folder / "sealing.jwks"))
    return Desk(
        organisations=OrganisationMirror(documents),
        certificates=CertificateStore(documents, kept, vault, sealer),
        standings=StandingStore(documents, kept, vault, sealer, read=shown_in),
        editions=EditionStore(documents, kept, vault, sealer),
        types=types,
        proving=proof.prover,
        keys=ApprovalKeys.derive(read_key(folder / "certs" / "holder.key")),
        clock=clock,
    )
