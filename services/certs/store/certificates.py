"""Certificates: one document each, with its versions, and its events in the same write.

Only ids, the type, the authority and dates stand in the clear. All else is encrypted under the
holder's key, and sealed to space in the event.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from services.certs.domain import Certificate, Kept
from services.certs.ports import Proof
from services.certs.store.claims import stands, taken_over
from services.certs.store.copies import seats_for, seats_of
from services.certs.store.edition_documents import edition_of, standing_of, written
from services.kernel.errors import Stale
from services.kernel.keys.sealing import Sealer
from services.kernel.keys.vault import Keys, Vault
from services.kernel.outbox.aggregates import Aggregates, Birth
from services.kernel.store.documents import Collection, Document, Documents, DuplicateKey, Index

CERTIFICATES = Collection.of_aggregates(
    "certificates",
    Index(keys=("identifier",)),
    # Of those alone that the calendar will end.
    Index(keys=("last_day",), where={"ends": True}),
    # Of those alone that a status list has ever to say something of.
    Index(keys=("ever_off", "changed_at"), where={"ever_off": True}),
    Index(keys=("number_key",)),
    # Along which a full list is compared.
    Index(keys=("authority", "certificate_type", "_id")),
    # Of those alone that stand and whose type says so: what no other of them may be.
    Index(keys=("only_one",), unique=True, where={"sole": True}),
    # Of those alone that have a second edition: by the approvals that these come from, and by what the
    # certificate was called before.
    Index(keys=("approvals",), unique=True, where={"renewed": True}),
    Index(keys=("former",), where={"renewed": True}),
)
# Half a millisecond each: sealing more than these takes longer than others should wait for the loop.
_FEW = 4


class CertificateStore:
    """Keeps certificates and says them."""

    def __init__(self, documents: Documents, aggregates: Aggregates, vault: Vault, sealer: Sealer) -> None:
        self._documents = documents
        self._aggregates = aggregates
        self._vault = vault
        self._sealer = sealer

    async def known(self, ids: Sequence[str], *, holder_ids: Iterable[str] = ()) -> Mapping[str, Kept]:
        """By the ids of approvals, whatever edition each has led to; as the certificates stand."""
        if not ids:
            return {}
        documents = self._documents
        later_ones = {"renewed": True, "approvals": tuple(ids)}
        found, later, _ = await asyncio.gather(
            documents.get_many(CERTIFICATES, ids),
            documents.find(CERTIFICATES, later_ones, limit=len(ids)),
            self._vault.keys(holder_ids, "record", make=False),
        )
        renewed = {key: one for one in later for key in one["approvals"] if key in ids}
        found = {key: one for key, one in found.items() if stands(one)}
        return {key: _kept(document, key) for key, document in (renewed | found).items()}

    async def expect(self, holder_ids: Iterable[str]) -> None:
        """The holders' keys."""
        await self._vault.keys(holder_ids, "record")

    async def add_many(self, certificates: Sequence[Certificate], proofs: Sequence[Proof]) -> frozenset[str]:
        """Keep each with its event; return the ids that were there already, or may not be for another."""
        keys = await self._vault.keys({each for one in certificates for each in one.holder_ids}, "record")
        if len(certificates) > _FEW:
            births = await asyncio.to_thread(self._births, certificates, proofs, keys)
        else:
            births = self._births(certificates, proofs, keys)
        refused = await self._aggregates.add_many(births)
        return refused - await self._take_over([one for one in births if one.id in refused])

    async def _take_over(self, births: Sequence[Birth]) -> frozenset[str]:
        """Keep those whose place a claim alone holds; the ids of those that were kept."""
        met = await self._documents.get_many(CERTIFICATES, [one.id for one in births]) if births else {}
        kept = set()
        for one in births:
            if one.id in met and not stands(met[one.id]):
                # Whose claim it was, or another process, was first: then that one stands.
                with suppress(Stale, DuplicateKey):
                    await self._aggregates.change(met[one.id], taken_over(one.id, one.state), emit=one.emit)
                    kept.add(one.id)
        return frozenset(kept)

    def _births(
        self, certificates: Sequence[Certificate], proofs: Sequence[Proof], keys: Keys
    ) -> list[Birth]:
        pairs = zip(certificates, proofs, strict=True)
        return [self._birth(certificate, proof, keys) for certificate, proof in pairs]

    def _birth(self, certificate: Certificate, proof: Proof, keys: Keys) -> Birth:
        seats, ever = seats_for(certificate.holder_ids)
        content, said = written(certificate, proof, seats, keys, self._sealer, version=certificate.version)
        state = {
            "holder_ids": ever,
            "renewed": False,
            **standing_of(certificate),
            "versions": [edition_of(certificate, proof, content, seats)],
        }
        return Birth(id=certificate.id, state=state, emit=said)


def _kept(document: Document, approval_id: str) -> Kept:
    mine = [one for one in document["versions"] if one["approval"] == approval_id]
    return Kept(
        certificate_id=document["_id"],
        holder_id=seats_of(document)[0].holder_id,
        identifier=document["identifier"],
        state=document["state"],
        digests=frozenset(one["digest"] for one in mine),
        renewed=frozenset(name for one in mine for name in one["renewed"]),
    )
