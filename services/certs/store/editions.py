"""Further editions of certificates, in the documents that the first ones made."""

from services.certs.domain import Certificate, Move, Standing
from services.certs.events import StatusChanged
from services.certs.ports import Proof
from services.certs.store.certificates import CERTIFICATES
from services.certs.store.claims import claim_of, stands
from services.certs.store.copies import seats_for, seats_of
from services.certs.store.edition_documents import edition_of, standing_of, written
from services.certs.store.standing_documents import encrypt_moves, removed
from services.kernel.errors import Stale
from services.kernel.keys.sealing import Sealer
from services.kernel.keys.vault import Vault
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
        loaded = await self._aggregates.load(over.certificate_id)
        if loaded is None or loaded["version"] != over.version:
            raise Stale(f"{over.certificate_id} was changed a moment ago")
        keys = await self._vault.keys(certificate.holder_ids, "record")
        seats, ever = seats_for(certificate.holder_ids, loaded["holder_ids"])
        before = {one.place for one in seats_of(loaded)}
        content, said = written(
            certificate,
            proof,
            seats,
            keys,
            self._sealer,
            version=over.version + 1,
            change=move.order.change if move else "renew",
            order=move.order if move else None,
            new={one.place for one in seats} - before,
        )
        edition = edition_of(certificate, proof, content, seats, renewed=over.editions[-1].called)
        changes = {
            **standing_of(certificate),
            "holder_ids": ever,
            "versions": [*await self._put_aside(loaded), edition],
            "renewed": True,
            # What it supersedes is never again as it was.
            "ever_off": True,
            "approvals": list(dict.fromkeys((*loaded.get("approvals", ()), certificate.approval_id))),
            "former": [*loaded.get("former", ()), over.identifier],
        }
        gone: list[StatusChanged] = []
        # Their copies stand in the order of the seats, and a renewal may name the same holders in another.
        if moves := (*over.moves, move) if move else over.moves:
            changes["moves"] = encrypt_moves(keys, seats, moves, certificate.id)
        if move:
            gone = [
                removed(over, one, move, self._sealer, certificate)
                for one in seats_of(loaded)
                if one not in seats
            ]
        await self._claim(certificate.approval_id, loaded)
        try:
            await self._aggregates.change(loaded, changes, emit=[*said, *gone])
        except DuplicateKey:
            return False
        return True

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
