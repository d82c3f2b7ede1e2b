"""The certificates' transparency log: the kernel's craft with the names and keys of certs."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from services.certs.domain import EvidenceNotReady, Fact, LogHeadForeign, is_removal
from services.kernel.clock import Clock
from services.kernel.keys.jws import NotHeld
from services.kernel.keys.rings import KeyRing
from services.kernel.keys.tokens import Jwks
from services.kernel.keys.vault import Vault
from services.kernel.log.audit import audit
from services.kernel.log.checkpoint import Checkpoint, NoteSigner, checked
from services.kernel.log.leaves import HEADS, LEAVES, LogDamaged
from services.kernel.log.records import RECORDS, Note, Records, evidence
from services.kernel.log.sequencer import Sequencer
from services.kernel.log.tree import PAGE, LeafUnknown, LogNotBegun, Tree
from services.kernel.log.waiting import WAITING, Waiting
from services.kernel.store.documents import Documents
from services.kernel.store.lease import Lease

LOG_COLLECTIONS = (LEAVES, HEADS, WAITING, RECORDS)


class KeptLog:
    """`ring` signs the heads of the log of this `name`; `chance` gives so many random bytes."""

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        vault: Vault,
        ring: KeyRing,
        *,
        name: str,
        chance: Callable[[int], bytes],
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._ring = ring
        self._name = name
        self._records = Records(documents, vault, Waiting(documents, clock), chance)
        self.tree = Tree(documents)

    @property
    def keys(self) -> Jwks:
        """The public keys of its heads, now."""
        return self._ring.published

    def sequencer(self, lease: Lease) -> Sequencer:
        """Gives the leaves their places; one process at a time (law 9)."""
        sign = NoteSigner(self._ring, self._name).sign
        return Sequencer(self._documents, lease, self._clock, origin=self._name, sign=sign, check=self._check)

    async def add(self, facts: Sequence[Fact]) -> None:
        """A leaf for each, once (law 3)."""
        await self._records.log(
            [Note(ce_id=one.id, holder_id=one.holder_id, record=one.record) for one in facts]
        )

    async def logged(self, fact_ids: Sequence[str]) -> frozenset[str]:
        """Along the index of leaves by event; beyond the head too."""
        found: set[str] = set()
        for start in range(0, len(fact_ids), PAGE):
            some = tuple(fact_ids[start : start + PAGE])
            leaves = await self._documents.find(LEAVES, {"ce_id": some}, limit=len(some))
            found.update(str(one["ce_id"]) for one in leaves)
        return frozenset(found)

    async def evidence(self, fact_ids: Sequence[str], *, older: str | None) -> Mapping[str, object]:
        """As `evidence` of the kernel gives it, of the first that is logged and is no removal.

        A head that this log did not sign is refused first.
        """
        if older is not None:
            self._known(older)
        for one in fact_ids:
            try:
                found = await evidence(self.tree, self._records, one, older=older)
                # The removal of a wrong holder may be in the log before what the right one was told.
                if not is_removal(found["record"]):
                    return found
            except LeafUnknown:
                continue
            except LogNotBegun as error:
                raise EvidenceNotReady("the log has no signed head yet") from error
        raise EvidenceNotReady("no signed head of the log covers it yet")

    async def audit(self, *, known: Sequence[str] = (), pause_s: float = 2.0) -> int:
        """Give the number of leaves, or raise LogDamaged.

        Damage is what is found twice: leaves may be on their way, and are written in less than the pause.
        """
        try:
            return await audit(self._documents, self._check, known=known)
        except LogDamaged:
            await asyncio.sleep(pause_s)
            return await audit(self._documents, self._check, known=known)

    def _known(self, note: str) -> None:
        try:
            self._check(note)
        except NotHeld as error:
            raise LogHeadForeign(f"older: {error}") from error

    def _check(self, note: str) -> Checkpoint:
        return checked(note, origin=self._name, jwks=self._ring.published)
