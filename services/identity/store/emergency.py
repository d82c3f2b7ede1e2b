"""Emergency codes that were given out, and second uses found afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime

from services.identity.domain.emergency import EmergencyCode, Reuse, Use
from services.identity.domain.standings import Standing
from services.identity.store.standings import STANDINGS
from services.kernel.holders import HolderId
from services.kernel.outbox.aggregates import Aggregates, Birth
from services.kernel.store.documents import Collection, Document, Documents, DuplicateKey, Index

_KEPT_S = 30 * 24 * 3600
# A day's freezes and a day's codes of one holder are few; so many at once are asked for by one query.
_AT_ONCE, _ALL = 500, 1_000_000

EMERGENCY_CODES = Collection(
    name="emergency_codes",
    indexes=(
        Index(keys=("holder_id",)),
        Index(keys=("state", "expires_at")),
        # Whichever processes give codes out, a holder has no more good ones than there are places.
        Index(keys=("held",), unique=True, where={"state": "issued"}),
        Index(keys=("expires_at",), expire_after=_KEPT_S),
    ),
)
REUSES = Collection.of_aggregates("reuses", Index(keys=("holder_id",)))


class KeptEmergencyCodes:
    """`_id` = code id. They say nothing on a topic, so they are documents and no aggregates."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def find(self, code_id: str) -> EmergencyCode | None:
        """As it was last written."""
        document = await self._documents.get(EMERGENCY_CODES, code_id)
        return _code(document) if document else None

    async def of(self, holder_id: HolderId) -> Sequence[EmergencyCode]:
        """Newest first."""
        found = await self._documents.find(EMERGENCY_CODES, {"holder_id": holder_id}, limit=1000)
        return sorted(map(_code, found), key=lambda one: (one.issued_at, one.place), reverse=True)

    async def add(self, code: EmergencyCode) -> bool:
        """False where its place is held."""
        try:
            await self._documents.insert(
                EMERGENCY_CODES, {"_id": code.code_id, **asdict(code), "held": _held(code)}
            )
        except DuplicateKey:
            return False
        return True

    async def change(self, code: EmergencyCode) -> bool:
        """Keep version n over n-1."""
        return await self._documents.update(
            EMERGENCY_CODES, code.code_id, version=code.version - 1, changes={"state": code.state}
        )

    async def revoked(self, *, at: datetime) -> Sequence[str]:
        """Ids of the revoked ones whose time is not over."""
        found = await self._documents.find(
            EMERGENCY_CODES, {"state": "revoked"}, since=("expires_at", at), limit=_ALL
        )
        return [document["_id"] for document in found]

    async def issued(self, holder_ids: Sequence[HolderId], *, at: datetime) -> Sequence[EmergencyCode]:
        """Those of these holders that would be good."""
        found: list[EmergencyCode] = []
        for start in range(0, len(holder_ids), _AT_ONCE):
            some = tuple(holder_ids[start : start + _AT_ONCE])
            wanted = {"holder_id": some, "state": "issued"}
            found += map(_code, await self._documents.find(EMERGENCY_CODES, wanted, limit=_ALL))
        return [one for one in found if at < one.expires_at]

    async def cut_off(self, *, since: datetime) -> Mapping[HolderId, Standing]:
        """Whose `sessions_end_at` is later; without what clerks wrote, which nobody asks for here."""
        found = await self._documents.find(STANDINGS, {}, since=("sessions_end_at", since), limit=_ALL)
        return {
            document["_id"]: Standing(
                holder_id=document["_id"],
                version=document["version"],
                state=document["state"],
                sessions_end_at=document["sessions_end_at"],
            )
            for document in found
        }


def _held(code: EmergencyCode) -> str:
    return f"{code.holder_id}/{code.place}"


def _code(document: Document) -> EmergencyCode:
    concessions = tuple(document["concessions"])
    return EmergencyCode(
        **{one.name: document[one.name] for one in fields(EmergencyCode)} | {"concessions": concessions}
    )


class KeptReuses:
    """`_id` = reuse id: the same reuse told twice is a duplicate key."""

    def __init__(self, documents: Documents, kept: Aggregates) -> None:
        self._documents = documents
        self._kept = kept

    async def add(self, reuse: Reuse) -> bool:
        """Keep it with its fact; False if it is there already."""
        try:
            await self._kept.add(Birth(id=reuse.reuse_id, state=asdict(reuse), emit=(reuse.told(),)))
        except DuplicateKey:
            return False
        return True

    async def of(self, holder_id: HolderId) -> Sequence[Reuse]:
        """Those of the holder's codes."""
        found = await self._documents.find(REUSES, {"holder_id": holder_id}, limit=1000)
        return [
            Reuse(
                **{one.name: document[one.name] for one in fields(Reuse)}
                | {"again": Use(**document["again"])}
            )
            for document in found
        ]
