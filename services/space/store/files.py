"""Files in documents, by pieces: one contract for every engine, as everything else that is kept.

An object store that speaks S3 would take this file's place behind `ports.Files`.
"""

from services.kernel.store.documents import Collection, Document, Documents

PIECES = Collection(name="file_pieces")
# Well within what an engine takes in one write (16 MB) and in its time (1.5 s).
_PIECE = 512 * 1024
_TOGETHER = 4


class FileStore:
    """Keeps `ports.Files`. `_id` = file id and place; the first piece says how many there are."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def put(self, file_id: str, content: bytes) -> None:
        """One insert a piece, the first one first."""
        pieces = [content[start : start + _PIECE] for start in range(0, max(len(content), 1), _PIECE)]
        for place, piece in enumerate(pieces):
            document = {"_id": _id(file_id, place), "pieces": len(pieces), "bytes": piece}
            await self._documents.insert(PIECES, document)

    async def get(self, file_id: str) -> bytes | None:
        """The first piece, then a few at a time."""
        first = await self._documents.get(PIECES, _id(file_id, 0))
        if first is None:
            return None
        ids = [_id(file_id, place) for place in range(1, first["pieces"])]
        found: dict[str, Document] = {}
        for start in range(0, len(ids), _TOGETHER):
            found |= await self._documents.get_many(PIECES, ids[start : start + _TOGETHER])
        if len(found) < len(ids):
            return None
        return b"".join(bytes(one["bytes"]) for one in (first, *(found[each] for each in ids)))

    async def delete(self, file_id: str) -> None:
        """The first piece last: as long as anything is left, it says of how much."""
        first = await self._documents.get(PIECES, _id(file_id, 0))
        for place in reversed(range(first["pieces"] if first else 0)):
            await self._documents.delete(PIECES, _id(file_id, place))


def _id(file_id: str, place: int) -> str:
    return f"{file_id}:{place}"
