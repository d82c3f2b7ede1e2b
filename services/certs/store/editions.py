"""Further editions of certificates, in the documents that the first ones made."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.certs.domain import Certificate, Move, Standing
from services.certs.events import CertificateIssued, StatusChanged
from services.certs.ports import Proof
from services.certs.store.certificates import CERTIFICATES
from services.certs.store.claims import claim_of, stands
from services.certs.store.copies import Seat, seats_for, seats_of
from services.certs.store.edition_documents import edition_of, standing_of, written
from services.certs.store.standing_documents import encrypt_moves, removed
from services.kernel.errors import Stale
from services.kernel.keys.sealing import Sealer
from services.kernel.keys.vault import Keys, Vault
from services.kernel.outbox.aggregates import Aggregates
from services.kernel.store.documents import Collection, Document, Documents, DuplicateKey

# What superseded editions said: a certificate that was renewed for decades still is one small document.
CERTIFICATE_EDITIONS = Collection(name="certificate_editions")


class EditionStore:
    """`_id` of a superseded edition's content = certificate id/edition."""

    def __init__(self, documents: Documents, aggregates: Aggregates, vault: Vault, sealer: Sealer) -> None:
        self._documents = documents
        self._aggregates = aggregates
        self._vault = vault
        self._sealer = sealer

    async def add(
        self, certificate: Certificate, proof: Proof, *, over: Standing, move: Move | None = None
    ) -> bool:
        """The edition, what it supersedes and the facts: one write, once the content before is put aside."""
        loaded = await self._load(over)
        keys = await self._vault.keys(certificate.holder_ids, "record")
        seats, ever = seats_for(certificate.holder_ids, loaded["holder_ids"])
        next_one = _Next(
            certificate=certificate, proof=proof, over=over, move=move, seats=seats, loaded=loaded
        )
        content, said = next_one.written(keys, self._sealer)
        edition = edition_of(certificate, proof, content, seats, renewed=over.editions[-1].called)
        versions = [*await self._put_aside(loaded), edition]
        changes = {**next_one.changes(keys), "holder_ids": ever, "versions": versions}
        await self._claim(certificate.approval_id, loaded)
        try:
            await self._aggregates.change(loaded, changes, emit=[*said, *next_one.removals(self._sealer)])
        except DuplicateKey:
            return False
        return True

    async def _load(self, over: Standing) -> Document:
        loaded = await self._aggregates.load(over.certificate_id)
        if loaded is None or loaded["version"] != over.version:
            raise Stale(f"{over.certificate_id} was changed a moment ago")
        return loaded

    async def _claim(self, approval_id: str, loaded: Document) -> None:
        """So that no first edition is made of it at the same moment; `Stale` where one stands."""
        if approval_id in {loaded["_id"], *loaded.get("approvals", ())}:
            return
        if await self._documents.insert_many(CERTIFICATES, [claim_of(approval_id)]):
            found = await self._documents.get(CERTIFICATES, approval_id)
            if found and stands(found):
                raise Stale("a certificate of the same approval was made a moment ago")

    async def _put_aside(self, loaded: Document) -> list[Document]:
        """Give the editions without what they say, which stands by itself before."""
        *earlier, last = loaded["versions"]
        kept = {"_id": f"{loaded['_id']}/{last['version']}", "content": last["content"]}
        await self._documents.insert_many(CERTIFICATE_EDITIONS, [kept])
        return [*earlier, {name: value for name, value in last.items() if name != "content"}]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Next:
    """The next edition over the one that stands; `loaded`: the document of both, `seats`: its own holders."""

    certificate: Certificate
    proof: Proof
    over: Standing
    move: Move | None
    seats: Sequence[Seat]
    loaded: Document

    def written(self, keys: Keys, sealer: Sealer) -> tuple[list[bytes], list[CertificateIssued]]:
        """Its content as it is kept, and what each of its holders is told."""
        before = {one.place for one in seats_of(self.loaded)}
        return written(
            self.certificate,
            self.proof,
            self.seats,
            keys,
            sealer,
            version=self.over.version + 1,
            change=self.move.order.change if self.move else "renew",
            order=self.move.order if self.move else None,
            new={one.place for one in self.seats} - before,
        )

    def changes(self, keys: Keys) -> Document:
        """All but the editions and the holders themselves."""
        approvals = (*self.loaded.get("approvals", ()), self.certificate.approval_id)
        changes = {
            **standing_of(self.certificate),
            "renewed": True,
            # What it supersedes is never again as it was.
            "ever_off": True,
            "approvals": list(dict.fromkeys(approvals)),
            "former": [*self.loaded.get("former", ()), self.over.identifier],
        }
        # Their copies stand in the order of the seats, and a renewal may name the same holders in another.
        if moves := (*self.over.moves, self.move) if self.move else self.over.moves:
            changes["moves"] = encrypt_moves(keys, self.seats, moves, self.certificate.id)
        return changes

    def removals(self, sealer: Sealer) -> list[StatusChanged]:
        """To those who had it wrongly."""
        if self.move is None:
            return []
        gone = [one for one in seats_of(self.loaded) if one not in self.seats]
        return [removed(self.over, one, self.move, sealer, self.certificate) for one in gone]
