"""Parts of certs that are put together of several rooms; see `app.py` for the whole."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from fastapi import APIRouter

from services.certs import api
from services.certs.copies import CopyDesk
from services.certs.domain.printed_code import PrintedCodes
from services.certs.faces import Faces
from services.certs.handlers import CopyRoom, Desk, Verifier
from services.certs.proof import (
    SIZE,
    Addresses,
    FileRings,
    Prover,
    Published,
    Publisher,
    Seals,
    Shuffles,
    trust_in,
)
from services.certs.settings import CertsSettings
from services.certs.store import (
    BlockCounter,
    MandateMirror,
    RecordStore,
    StatusLists,
    TypeStore,
)
from services.certs.tickets import TicketReader
from services.certs.verify.online import OnlineChecks
from services.kernel.keys.rings import FileRing, Signer
from services.kernel.keys.secrets import read_key
from services.kernel.keys.vault import Vault
from services.kernel.process.engines import Engines

# A file of the largest size over a slow line.
_PRESENTED_WITHIN = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofParts:
    """Keys, places in status lists, and what is published of both."""

    prover: Prover
    publisher: Publisher
    published: Published
    status_ring: FileRing
    addresses: Addresses
    printed: PrintedCodes
    rings: FileRings
    seals: Seals


def proof_parts(settings: CertsSettings, engines: Engines) -> ProofParts:
    """Read the keys; nothing is opened yet."""
    documents, clock, folder = engines.documents, engines.clock, settings.secrets_dir / "certs"
    rings = FileRings(folder / "authorities", clock=clock, suite=settings.suite)
    status_ring = FileRing(folder / "status.jwks")
    addresses, counter = Addresses(settings.address), BlockCounter(documents, "status-places")
    printed = PrintedCodes(read_key(folder / "printed.key"))
    shuffles = Shuffles(read_key(folder / "shuffle.key"))
    lists = StatusLists(documents, counter, places=SIZE)
    seals = Seals(folder / "seals", name=settings.seal_root, clock=clock)
    return ProofParts(
        prover=Prover(rings, counter, shuffles, addresses, printed=printed, salts=secrets.token_bytes),
        publisher=Publisher(lists=lists, addresses=addresses, signer=Signer(status_ring)),
        published=Published(
            rings=rings,
            seals=seals,
            status_ring=status_ring,
            addresses=addresses,
            lists=lists,
            counter=counter,
            clock=clock,
        ),
        status_ring=status_ring,
        addresses=addresses,
        printed=printed,
        rings=rings,
        seals=seals,
    )


def verifications(
    settings: CertsSettings, engines: Engines, proof: ProofParts, types: TypeStore, vault: Vault
) -> APIRouter:
    """For anyone, without a token."""
    documents, clock = engines.documents, engines.clock
    verifier = Verifier(
        records=RecordStore(documents, vault),
        types=types,
        checks=OnlineChecks(
            trust=trust_in(proof.rings, proof.addresses),
            seals=proof.seals,
            addresses=proof.addresses,
            clock=clock,
        ),
        printed=proof.printed,
        clock=clock,
    )
    limits = api.CallerLimits(clock, a_minute=settings.verifications_a_minute)
    uploads = api.Uploads(
        at_once=settings.presented_at_once, largest=settings.largest_presented, within=_PRESENTED_WITHIN
    )
    return api.verifications_router(verifier, limits, uploads)


def copy_room(
    settings: CertsSettings, engines: Engines, proof: ProofParts, desk: Desk, vault: Vault
) -> CopyRoom:
    """Faces for holders and counters; fonts are loaded when the first is drawn."""
    documents, clock = engines.documents, engines.clock
    return CopyRoom(
        desk=desk,
        records=RecordStore(documents, vault),
        mandates=MandateMirror(documents),
        tickets=TicketReader(settings.secrets_dir / "tickets.jwks", clock),
        copies=CopyDesk(faces=cache(Faces), seals=proof.seals, addresses=proof.addresses, clock=clock),
        lasts=timedelta(days=settings.copy_days),
    )
