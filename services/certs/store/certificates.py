"""Certificates: one document each, with its versions, and its events in the same write.

Only ids, the type, the authority and dates stand in the clear. All else is encrypted under the
holder's key, and sealed to space in the event.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from services.certs.domain import Certificate, Kept
from services.certs.events import CertificateIssued, Representation
from services.certs.ports import Proof
from services.kernel.keys.sealing import Sealer
from services.kernel.keys.vault import Keys, Vault
from services.kernel.outbox.aggregates import Aggregates, Birth
from services.kernel.store.documents import Collection, Document, Documents, Index

CERTIFICATES = Collection.of_aggregates(
    "certificates",
    Index(keys=("identifier",)),
    # Of those alone that the calendar will end.
    Index(keys=("last_day",), where={"ends": True}),
    # Of those alone that a status list has ever to say something of.
    Index(keys=("ever_off", "changed_at"), where={"ever_off": True}),
)
_FIRST = 1
# Half a millisecond each: sealing more than these takes longer than others should wait for the loop.
_FEW = 4


class CertificateStore:
    """Keeps certificates and says them."""

    def __init__(self, documents: Documents, aggregates: Aggregates, vault: Vault, sealer: Sealer) -> None:
        self._documents = documents
        self._aggregates = aggregates
        self._vault = vault
        self._sealer = sealer

    async def known(self, certificates: Sequence[Certificate]) -> Mapping[str, Kept]:
        """Those that stand, as they stand; beside it the keys are looked for that new ones will need."""
        if not certificates:
            return {}
        found, _ = await asyncio.gather(
            self._documents.get_many(CERTIFICATES, sorted({one.id for one in certificates})),
            self._vault.keys({one.holder_id for one in certificates}, "record", make=False),
        )
        return {key: _kept(document) for key, document in found.items()}

    async def add_many(self, certificates: Sequence[Certificate], proofs: Sequence[Proof]) -> frozenset[str]:
        """Keep each with its event; return the ids that were there already."""
        keys = await self._vault.keys({one.holder_id for one in certificates}, "record")
        if len(certificates) > _FEW:
            births = await asyncio.to_thread(self._births, certificates, proofs, keys)
        else:
            births = self._births(certificates, proofs, keys)
        return await self._aggregates.add_many(births)

    def _births(
        self, certificates: Sequence[Certificate], proofs: Sequence[Proof], keys: Keys
    ) -> list[Birth]:
        pairs = zip(certificates, proofs, strict=True)
        return [self._birth(certificate, proof, keys) for certificate, proof in pairs]

    def _birth(self, certificate: Certificate, proof: Proof, keys: Keys) -> Birth:
        shown = msgspec.json.encode({**certificate.shown(), "credential": proof.credential})
        # What a reader sees can be read out of the credential again.
        kept = msgspec.json.encode({"credential": proof.credential, "approval": certificate.approval})
        content = keys.encrypt(certificate.holder_id, kept, place=place_of(certificate.id))
        sealed = self._sealer.seal(
            "space",
            shown,
            event_type=CertificateIssued.type,
            holder_id=certificate.holder_id,
            version=_FIRST,
        )
        return Birth(
            id=certificate.id,
            state=_state(certificate, proof, content),
            emit=[_issued(certificate, sealed)],
        )


def _state(certificate: Certificate, proof: Proof, content: bytes) -> Document:
    version = {
        "version": certificate.version,
        "type_version": certificate.type.version,
        "identifier": certificate.identifier,
        "issued_at": certificate.issued_at,
        "valid_from": certificate.valid_from and certificate.valid_from.isoformat(),
        "valid_to": certificate.valid_to and certificate.valid_to.isoformat(),
        "represents": [
            {"holder_id": one.holder_id, "role": one.role, "until": one.until and one.until.isoformat()}
            for one in certificate.represents
        ],
        "status_list": proof.place.status_list,
        "status_index": proof.place.index,
        "content": content,
    }
    return {
        "holder_ids": [certificate.holder_id],
        "certificate_type": certificate.type.certificate_type,
        "authority": certificate.authority,
        "state": certificate.state,
        "identifier": certificate.identifier,
        "digest": certificate.digest,
        **ends_of(certificate.state, certificate.valid_to),
        "versions": [version],
    }


def ends_of(state: str, valid_to: date | None) -> Document:
    """What the expiry looks along: whether the calendar will end it, and after which day."""
    last_day = valid_to and valid_to.isoformat()
    return {"ends": valid_to is not None and state in {"valid", "suspended"}, "last_day": last_day}


def place_of(certificate_id: str) -> str:
    """Where its content stands, which its encryption is bound to."""
    return f"{CERTIFICATES.name}/{certificate_id}"


def _issued(certificate: Certificate, sealed: str) -> CertificateIssued:
    return CertificateIssued(
        certificate_id=certificate.id,
        version=_FIRST,
        holder_id=certificate.holder_id,
        certificate_type=certificate.type.certificate_type,
        state=certificate.state,
        authority=certificate.authority,
        issued_at=certificate.issued_at,
        valid_from=certificate.valid_from,
        valid_to=certificate.valid_to,
        sealed=sealed,
        represents=tuple(
            Representation(holder_id=one.holder_id, role=one.role, until=one.until)
            for one in certificate.represents
        ),
    )


def _kept(document: Document) -> Kept:
    return Kept(
        certificate_id=document["_id"],
        holder_id=document["holder_ids"][0],
        identifier=document["identifier"],
        state=document["state"],
        digest=document["digest"],
    )
