"""Puts certs together; the only file that knows every room."""

import secrets
from dataclasses import dataclass
from functools import partial

from services.certs import api, sheets, store, stream
from services.certs.domain import (
    ApprovalKeys,
)
from services.certs.expiry import expire_for_ever
from services.certs.handlers import Desk
from services.certs.imports import Importer
from services.certs.parts import ProofParts, copy_room, proof_parts, verifications
from services.certs.proof import (
    publish_for_ever,
    shown_in,
)
from services.certs.settings import CertsSettings
from services.certs.store import (
    CERTIFICATE_TYPES,
    CERTIFICATES,
    CONFIRMATIONS,
    CertificateStore,
    ConfirmationStore,
    EditionStore,
    HistoryStore,
    ImportStore,
    NameMirror,
    OrganisationMirror,
    PendingStore,
    StandingStore,
    TypeStore,
    read_types,
    take_files_for_ever,
)
from services.certs.transparency import FactLog
from services.kernel.clock import civil_date
from services.kernel.keys.rings import FileRing
from services.kernel.keys.sealing import Opener, Sealer
from services.kernel.keys.secrets import read_jwks, read_key, read_public_jwks
from services.kernel.keys.vault import KEYS, Vault
from services.kernel.log.kept import LOG_COLLECTIONS, KeptLog
from services.kernel.names import hash_name
from services.kernel.outbox.aggregates import Aggregates
from services.kernel.outbox.relay import Relay
from services.kernel.outbox.sweep import WATERMARKS
from services.kernel.process.engines import Engines
from services.kernel.process.service import Service
from services.kernel.store.lease import LEASES, Lease
from services.kernel.web.guard import Guard
from services.kernel.web.idempotency import REQUEST_KEYS, RequestKeys
from services.kernel.web.log import log_router

COLLECTIONS = (*store.COLLECTIONS, *LOG_COLLECTIONS, KEYS, REQUEST_KEYS, LEASES, WATERMARKS)
# The route itself stops reading at its own limit and says what to do; this only lifts the general one.
_BODY_OF_A_FILE = 1 << 50
LARGE = (api.IMPORT_PATH, api.RECONCILE_PATH, api.VERIFICATIONS_PATH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a process of certs is made of; the command line uses some of it without serving."""

    service: Service
    desk: Desk
    importer: Importer
    relay: Relay
    log: KeptLog
    facts: FactLog
    vault: Vault
    histories: HistoryStore


def build(settings: CertsSettings, engines: Engines) -> Service:
    """One process that serves."""
    return assemble(settings, engines).service


def assemble(settings: CertsSettings, engines: Engines) -> Parts:
    """Read the secrets and put every part in its place; nothing is opened yet."""
    documents, clock = engines.documents, engines.clock
    lease = Lease(documents, clock)
    relay = Relay(documents, engines.bus, lease, clock, (CERTIFICATES, CERTIFICATE_TYPES, CONFIRMATIONS))
    proof = proof_parts(settings, engines)
    types = TypeStore(documents, Aggregates(documents, CERTIFICATE_TYPES, relay, clock), files=read_types())
    vault = Vault(documents, read_key(settings.secrets_dir / "certs" / "master.key"))
    desk = _desk(settings, engines, relay, proof, types, vault)
    log_ring = FileRing(settings.secrets_dir / "certs" / "log.jwks")
    kept_log = KeptLog(documents, clock, vault, log_ring, name=settings.log_name, chance=secrets.token_bytes)
    facts = FactLog(kept_log)
    importer = Importer(
        desk,
        ImportStore(documents),
        relay,
        lambda file, filename: sheets.read_lines(file, filename, today=civil_date(clock.now())),
        spool_dir=settings.spool_dir,
        largest_upload=settings.largest_upload,
        at_once=settings.imports_at_once,
    )
    room = copy_room(settings, engines, proof, desk, vault)
    opener = Opener(read_jwks(settings.secrets_dir / "certs" / "sealing.jwks"))
    heard = stream.listeners(desk, opener, facts, room.mandates)
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
            api.pendings_router(desk, guard),
            api.imports_router(desk, importer, guard, keys),
            api.certificates_router(desk, guard),
            api.types_router(types, guard),
            api.public_router(proof.published),
            verifications(settings, engines, proof, types, vault),
            api.page_router(),
            api.faces_router(room, guard),
            api.evidence_router(room, facts, lambda: kept_log.keys, guard),
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
        large_bodies=dict.fromkeys(LARGE, _BODY_OF_A_FILE),
    )
    return Parts(
        service=service,
        desk=desk,
        importer=importer,
        relay=relay,
        log=kept_log,
        facts=facts,
        vault=vault,
        histories=HistoryStore(documents, vault),
    )


def _desk(
    settings: CertsSettings,
    engines: Engines,
    relay: Relay,
    proof: ProofParts,
    types: TypeStore,
    vault: Vault,
) -> Desk:
    documents, clock, folder = engines.documents, engines.clock, settings.secrets_dir
    kept = Aggregates(documents, CERTIFICATES, relay, clock)
    sealer = Sealer(read_public_jwks(folder / "sealing.jwks"))
    return Desk(
        organisations=OrganisationMirror(documents),
        certificates=CertificateStore(documents, kept, vault, sealer),
        names=NameMirror(documents),
        confirmations=ConfirmationStore(documents, Aggregates(documents, CONFIRMATIONS, relay, clock), vault),
        pendings=PendingStore(documents, vault),
        hash_name=partial(hash_name, read_key(folder / "certs" / "name.key")),
        standings=StandingStore(documents, kept, vault, sealer, read=shown_in),
        editions=EditionStore(documents, kept, vault, sealer),
        types=types,
        proving=proof.prover,
        keys=ApprovalKeys.derive(read_key(folder / "certs" / "holder.key")),
        clock=clock,
    )
