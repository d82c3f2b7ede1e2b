"""The log of accesses: the kernel's, with the records of space and what else its audit looks at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from services.kernel.clock import Clock
from services.kernel.keys.vault import CiphertextBroken, ContentErased
from services.kernel.log.kept import KeptLog
from services.kernel.log.leaves import Leaf, LogDamaged, commitment
from services.kernel.log.records import RECORDS, Note
from services.kernel.log.tree import PAGE
from services.kernel.store.documents import Documents
from services.space.domain import Access, record_of
from services.space.ports import Accesses

# Accesses as young as that may be on their way into the log, also while it is being caught up with.
ON_ITS_WAY = timedelta(seconds=60)


class KeptAccessLog:
    """Keeps `ports.AccessLog`; a leaf's ce_id is the access's id."""

    def __init__(self, kept: KeptLog) -> None:
        self.kept = kept

    async def add(self, accesses: Sequence[Access]) -> None:
        """A leaf for each, once (law 3)."""
        await self.kept.add(
            [Note(ce_id=one.access_id, holder_id=one.holder_id, record=record_of(one)) for one in accesses]
        )

    async def evidence(self, access_id: str, *, older: str | None) -> Mapping[str, object]:
        """Of this access."""
        return await self.kept.evidence([access_id], older=older)


@dataclass(slots=True)
class Found:
    """What was looked at. `lacking`: accesses without a leaf.

    `erased`: of so many leaves nobody can read any more what they were made of. Compare it with the erasures
    that were ordered: who may write to the database can delete a key too.
    """

    leaves: int = 0
    accesses: int = 0
    lacking: int = 0
    erased: int = 0


class Auditor:
    """Holds the access records against the log, and the log against what was signed."""

    def __init__(self, documents: Documents, kept: KeptLog, accesses: Accesses, clock: Clock) -> None:
        self._documents, self._kept, self._accesses, self._clock = documents, kept, accesses, clock

    async def audit(
        self, known: Sequence[str] = (), *, backfill: bool = False, pause_s: float = 2.0
    ) -> Found:
        """All that was logged is as it was, else LogDamaged; what was not is counted, or logged too."""
        found = Found(leaves=await self._kept.audit(known=known, pause_s=pause_s))
        for start, end in pairwise(sorted({*range(0, found.leaves, PAGE), found.leaves})):
            await self._check(await self._kept.tree.leaves(start, end), found)
        await self._look_for_lacking(found, backfill=backfill)
        return found

    async def _check(self, leaves: Sequence[Leaf], found: Found) -> None:
        """Each leaf has its access record, and this is what the leaf says."""
        ids = [one.ce_id for one in leaves]
        accesses = {one.access_id: one for one in await self._accesses.get_many(ids)}
        made_of = await self._documents.get_many(RECORDS, ids)
        for leaf in leaves:
            access, kept = accesses.get(leaf.ce_id), made_of.get(leaf.ce_id)
            if access is None or kept is None:
                gone = "the access record" if access is None else "what was logged"
                raise LogDamaged(f"{gone} of leaf {leaf.index} ({leaf.ce_id}) is gone")
            if (kept["holder_id"], bytes(kept["commitment"])) != (access.holder_id, leaf.commitment):
                raise LogDamaged(f"leaf {leaf.index} ({leaf.ce_id}) is another's")
            found.erased += not await self._is_as_logged(leaf, access)

    async def _is_as_logged(self, leaf: Leaf, access: Access) -> bool:
        """Whether it is readable still; LogDamaged where it is, and is another."""
        try:
            opened = await self._kept.records.open(leaf.ce_id)
        except ContentErased:
            return False
        except CiphertextBroken as error:
            raise LogDamaged(f"what leaf {leaf.index} was made of is broken") from error
        if commitment(opened.salt, opened.record.encode()) != leaf.commitment:
            raise LogDamaged(f"what leaf {leaf.index} was made of is another")
        if opened.record != record_of(access):
            raise LogDamaged(f"the access record {leaf.ce_id} is not as it was logged")
        return True

    async def _look_for_lacking(self, found: Found, *, backfill: bool) -> None:
        async for written in self._accesses.pages(before=self._clock.now() - ON_ITS_WAY):
            logged = await self._kept.logged([one.access_id for one in written])
            lacking = [one for one in written if one.access_id not in logged]
            found.accesses, found.lacking = found.accesses + len(written), found.lacking + len(lacking)
            if backfill and lacking:
                await KeptAccessLog(self._kept).add(lacking)
