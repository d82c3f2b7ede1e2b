"""The mirror of the cases that authorities have decided."""

from collections.abc import Mapping, Sequence

from services.identity.domain.statutory import Case
from services.kernel.store.documents import Advance, Collection, Documents

CASES = Collection(name="cases")


class MirroredCases:
    """`_id` = case id."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def find_many(self, case_ids: Sequence[str]) -> Mapping[str, Case]:
        """In one trip."""
        found = await self._documents.get_many(CASES, case_ids)
        return {
            case_id: Case(
                case_id=case_id, version=document["heard_version"], organisation=document["organisation"]
            )
            for case_id, document in found.items()
        }

    async def advance(self, cases: Sequence[Case]) -> None:
        """Each that is newer than what is held."""
        await self._documents.advance_many(
            CASES,
            [
                Advance(id=one.case_id, heard_version=one.version, changes={"organisation": one.organisation})
                for one in cases
            ],
        )
