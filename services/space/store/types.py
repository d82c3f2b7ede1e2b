"""The mirror of certificate types: which codes mean the same one."""

from collections.abc import Sequence

from services.kernel.store.documents import Advance, Collection, Documents
from services.space.domain import Families
from services.space.events import TypePublished

TYPE_CODES = Collection(name="type_codes")
# More codes than any country swaps.
_MOST = 10_000


class TypeStore:
    """`_id` = the code by which the type goes now. Only those whose code was swapped are read."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def families(self) -> Families:
        """Most types never change their code: the answer is short."""
        found = await self._documents.find(TYPE_CODES, {"swapped": True}, limit=_MOST)
        return Families(tuple(frozenset((one["_id"], *one["formerly"])) for one in found))

    async def advance(self, heard: Sequence[TypePublished]) -> None:
        """Of several versions the newest alone."""
        newest = {one.certificate_type: one for one in sorted(heard, key=lambda one: one.version)}
        advances = [
            Advance(
                id=code,
                heard_version=one.version,
                changes={"formerly": list(one.formerly), "swapped": bool(one.formerly)},
            )
            for code, one in newest.items()
        ]
        await self._documents.advance_many(TYPE_CODES, advances)
