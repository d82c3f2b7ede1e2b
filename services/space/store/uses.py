"""Uses of concessions in documents: a quota of n is n ids, and each is inserted once, whoever is at it."""

from datetime import timedelta
from itertools import product

from services.kernel.store.documents import Collection, Documents, DuplicateKey, Index
from services.space.domain import ConcessionUse, Quota

CONCESSION_USES = Collection(
    name="concession_uses",
    indexes=(
        Index(keys=("concession", "scan_id"), unique=True),
        Index(keys=("kept_until",), expire_after=0),
    ),
)
# Longer than the longest period with an end, and than a use may be settled late; `once` has no end.
_KEPT = timedelta(days=400)


class UseStore:
    """Keeps `ports.Uses`. `_id`: concession, holder (the primary, which comes first), period and slot."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def claim(self, use: ConcessionUse, quota: Quota, *, period: str) -> bool:
        """One insert that takes; a slot that another takes meanwhile is passed over."""
        if await self._is_counted(use):
            return True
        kept = {} if quota.per == "once" else {"kept_until": use.used_at + _KEPT}
        for slot in await self._free(use, quota, period):
            document = {
                "_id": slot,
                "concession": use.concession,
                "scan_id": use.scan_id,
                "holder_id": use.holder_ids[0],
                "used_at": use.used_at,
                **kept,
            }
            try:
                await self._documents.insert(CONCESSION_USES, document)
            except DuplicateKey:
                continue  # the slot is another's, or this scan has just got one
            return True
        return await self._is_counted(use)

    async def has_room(self, use: ConcessionUse, quota: Quota, *, period: str) -> bool:
        """Two looks."""
        return await self._is_counted(use) or bool(await self._free(use, quota, period))

    async def _is_counted(self, use: ConcessionUse) -> bool:
        wanted = {"concession": use.concession, "scan_id": use.scan_id}
        return bool(await self._documents.find(CONCESSION_USES, wanted, limit=1))

    async def _free(self, use: ConcessionUse, quota: Quota, period: str) -> list[str]:
        """What was used under another document, before the two were linked, counts against the person too."""
        places = list(product(use.holder_ids, range(quota.uses)))
        ids = {place: f"{use.concession}/{place[0]}/{period}/{place[1]}" for place in places}
        taken = await self._documents.get_many(CONCESSION_USES, list(ids.values()))
        mine, others = use.holder_ids[0], use.holder_ids[1:]
        elsewhere = sum(ids[one] in taken for one in product(others, range(quota.uses)))
        slots = (ids[mine, slot] for slot in range(quota.uses))
        free = [one for one in slots if one not in taken]
        return free[: max(0, len(free) - elsewhere)]
