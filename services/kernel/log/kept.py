"""A service's log, put together of the parts of this room: one name, one ring of keys for its heads."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from services.kernel.clock import Clock
from services.kernel.errors import Invalid, Unavailable
from services.kernel.keys.jws import NotHeld
from services.kernel.keys.rings import KeyRing
from services.kernel.keys.secrets import Jwks
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


class EvidenceNotReady(Unavailable):
    """It happened, and the log is still taking it up."""

    code = "evidence_not_ready"


class LogHeadForeign(Invalid):
    """No head of this log, or one that was changed on its way."""

    code = "log_head_foreign"


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
        self.records = Records(documents, vault, Waiting(documents, clock), chance)
        self.tree = Tree(documents)

    @property
    def keys(self) -> Jwks:
        """The public keys of its heads, now."""
        return self._ring.published

    def sequencer(self, lease: Lease) -> Sequencer:
        """Gives the leaves their places; one process at a time (law 9)."""
        sign = NoteSigner(self._ring, self._name).sign
        return Sequencer(self._documents, lease, self._clock, origin=self._name, sign=sign, check=self._check)

    async def add(self, notes: Sequence[Note]) -> None:
        """A leaf for each, once (law 3)."""
        await self.records.log(notes)

    async def logged(self, ce_ids: Sequence[str]) -> frozenset[str]:
        """Those that have a leaf: along the index of leaves by event; beyond the head too."""
        found: set[str] = set()
        for start in range(0, len(ce_ids), PAGE):
            some = tuple(ce_ids[start : start + PAGE])
            leaves = await self._documents.find(LEAVES, {"ce_id": some}, limit=len(some))
            found.update(str(one["ce_id"]) for one in leaves)
        return frozenset(found)

    async def evidence(
        self,
        ce_ids: Sequence[str],
        *,
        older: str | None,
        passes_over: Callable[[str], bool] = lambda _record: False,
    ) -> Mapping[str, object]:
        """The file of docs/evidence.md of the first that is logged and whose record is not passed over.

        A head that this log did not sign is refused first.
        """
        if older is not None:
            self._known(older)
        for one in ce_ids:
            try:
                found = await evidence(self.tree, self.records, one, older=older)
            except LeafUnknown:
                continue
            except LogNotBegun as error:
                raise EvidenceNotReady("the log has no signed head yet") from error
            if not passes_over(found["record"]):
                return found
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
