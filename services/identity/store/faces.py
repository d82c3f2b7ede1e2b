"""Which organisation a printed code is of."""

from contextlib import suppress

from services.kernel.holders import HolderId
from services.kernel.store.documents import Collection, Documents, DuplicateKey

FACES = Collection(name="faces")


class KeptFaces:
    """`_id` = face id, derived from the holder's: the same for life."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def keep(self, face_id: str, holder_id: HolderId) -> None:
        """Harmless when it is there."""
        with suppress(DuplicateKey):
            await self._documents.insert(FACES, {"_id": face_id, "holder_id": holder_id})

    async def holder_of(self, face_id: str) -> HolderId | None:
        """None for a text that is nobody's face."""
        found = await self._documents.get(FACES, face_id)
        return HolderId(found["holder_id"]) if found else None
