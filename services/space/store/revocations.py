"""What identity has taken back: grants, mandates to act for another, and whose codes are frozen."""

from collections.abc import Sequence
from datetime import datetime

from services.kernel.store.documents import Advance, Collection, Documents, Index
from services.space.domain import Mandate, Standing

# No grant lives for a day.
WITHDRAWN_GRANTS = Collection(
    name="withdrawn_grants", indexes=(Index(keys=("withdrawn_at",), expire_after=24 * 3600),)
)
MANDATES = Collection(name="mandates")
STANDINGS = Collection(name="standings")


class RevocationStore:
    """Keeps `ports.Revocations`. `_id` = grant id, mandate id, holder id."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def is_withdrawn(self, grant_id: str) -> bool:
        """One look by id."""
        return await self._documents.get(WITHDRAWN_GRANTS, grant_id) is not None

    async def withdraw(self, grants: Sequence[tuple[str, datetime]]) -> None:
        """Inserted once each, however often it is said."""
        documents = [{"_id": grant_id, "withdrawn_at": at} for grant_id, at in grants]
        await self._documents.insert_many(WITHDRAWN_GRANTS, documents)

    async def mandate(self, mandate_id: str) -> Mandate | None:
        """As last heard."""
        found = await self._documents.get(MANDATES, mandate_id)
        if found is None:
            return None
        return Mandate(
            mandate_id=mandate_id, version=found["heard_version"], state=found["state"], until=found["until"]
        )

    async def advance(self, mandates: Sequence[Mandate]) -> None:
        """Each that is newer than what is held."""
        await self._documents.advance_many(
            MANDATES,
            [
                Advance(
                    id=one.mandate_id,
                    heard_version=one.version,
                    changes={"state": one.state, "until": one.until},
                )
                for one in mandates
            ],
        )

    async def standing(self, holder_id: str) -> Standing | None:
        """As last heard."""
        found = await self._documents.get(STANDINGS, holder_id)
        if found is None:
            return None
        said = {name: found[name] for name in ("state", "changed_at")}
        return Standing(holder_id=holder_id, version=found["heard_version"], **said)

    async def advance_standings(self, standings: Sequence[Standing]) -> None:
        """Each that is newer than what is held."""
        advances = [
            Advance(
                id=one.holder_id,
                heard_version=one.version,
                changes={"state": one.state, "changed_at": one.changed_at},
            )
            for one in standings
        ]
        await self._documents.advance_many(STANDINGS, advances)
