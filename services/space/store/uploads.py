"""What holders keep, in documents: file first, then entry, both under the holder's key of class `own`."""

import json
from dataclasses import asdict
from datetime import datetime

from services.kernel.clock import Clock
from services.kernel.keys.vault import Vault
from services.kernel.outbox.aggregates import Aggregates, Hearsay
from services.kernel.store.documents import Collection, Documents, DuplicateKey, Index
from services.space.domain import Entry, Shelf, described, taken_out
from services.space.ports import Files
from services.space.store.documents import as_stored
from services.space.store.entries import ENTRIES, place_of

# One a file, as long as it is there. `loose`: whether it may be without its entry.
HEADERS = Collection(name="file_headers", indexes=(Index(keys=("holder_id",)), Index(keys=("loose", "at"))))
# Of holders that identity has erased, by its version: what is heard again erases nothing that came later.
ERASURES = Collection(name="erasures")
_MOST = 1_000


class UploadStore:
    """Keeps `ports.Uploads`."""

    def __init__(
        self, documents: Documents, entries: Aggregates, vault: Vault, files: Files, clock: Clock
    ) -> None:
        self._documents = documents
        self._entries = entries
        self._vault = vault
        self._files = files
        self._clock = clock

    async def begin(self, entry: Entry) -> Shelf:
        """Insert, then look: of two at once each sees the other, and none is over the quota."""
        names = ("holder_id", "entry_id", "size")
        header = {name: getattr(entry, name) for name in names}
        now = self._clock.now()
        await self._documents.insert(
            HEADERS, {"_id": entry.file_id, "version": 1, "loose": True, "at": now, **header}
        )
        found = await self._documents.find(HEADERS, {"holder_id": entry.holder_id}, limit=_MOST)
        return Shelf(count=len(found), size=sum(one["size"] for one in found))

    async def add(self, entry: Entry, content: bytes, *, file_name: str) -> bool:
        """The key after the header: whoever erases deletes the key first, then reads the headers."""
        holder_id, file_id = entry.holder_id, _file(entry)
        keys = await self._vault.keys([holder_id], "own", fresh=True)
        await self._files.put(file_id, keys.encrypt(holder_id, content, place=_place(file_id)))
        plain = json.dumps(asdict(described(entry, file_name)), ensure_ascii=False).encode()
        encrypted = keys.encrypt(holder_id, plain, place=place_of(entry.entry_id))
        if not await self._advance(entry, encrypted):
            return False
        if await self._documents.update(HEADERS, file_id, version=1, changes={"loose": False}):
            return True
        if await self._documents.get(HEADERS, file_id) is not None:
            return True  # `tidy` was faster
        await self._documents.delete(ENTRIES, entry.entry_id)
        return False

    async def drop(self, entry: Entry) -> None:
        """The header last: until then `tidy` finds it."""
        await self._delete(_file(entry))

    async def content(self, entry: Entry) -> bytes | None:
        """A few trips, by its size."""
        if entry.file_id is None:
            return None
        kept = await self._files.get(entry.file_id)
        if kept is None:
            return None
        keys = await self._vault.keys([entry.holder_id], "own", make=False)
        return keys.decrypt(entry.holder_id, kept, place=_place(entry.file_id))

    async def remove(self, entry: Entry) -> None:
        """Loose again before the entry lets go of it."""
        file_id = _file(entry)
        if header := await self._documents.get(HEADERS, file_id):
            changes = {"loose": True, "at": self._clock.now()}
            await self._documents.update(HEADERS, file_id, version=header["version"], changes=changes)
        await self._advance(taken_out(entry), b"")
        await self._delete(file_id)

    async def erase(self, holder_id: str) -> int:
        """The key first: from then on nothing can be read, whatever else is left for the repeat."""
        await self._vault.forget(holder_id, "own")
        erased = 0
        while headers := await self._documents.find(HEADERS, {"holder_id": holder_id}, limit=_MOST):
            for one in headers:
                await self._documents.delete(ENTRIES, one["entry_id"])
                await self._delete(one["_id"])
            erased += len(headers)
        return erased

    async def erase_once(self, holder_id: str, *, version: int) -> None:
        """Noted after it is done: a crash in between repeats it, and until then nothing new is taken."""
        done = f"{holder_id}:{version}"
        if await self._documents.get(ERASURES, done) is not None:
            return
        await self._vault.forget(holder_id, "case")
        await self.erase(holder_id)
        try:
            await self._documents.insert(ERASURES, {"_id": done, "at": self._clock.now()})
        except DuplicateKey:
            return

    async def tidy(self, *, before: datetime) -> int:
        """Each, by whether an entry has it."""
        found = await self._documents.find(HEADERS, {"loose": True}, before=("at", before), limit=_MOST)
        for one in found:
            entry = await self._documents.get(ENTRIES, one["entry_id"])
            if entry is not None and entry.get("file_id") == one["_id"]:
                await self._documents.update(
                    HEADERS, one["_id"], version=one["version"], changes={"loose": False}
                )
            else:
                await self._delete(one["_id"])
        return len(found)

    async def _advance(self, entry: Entry, encrypted: bytes) -> bool:
        changes = as_stored(entry, without=("entry_id", "version", "encrypted")) | {"content": encrypted}
        said = Hearsay(id=entry.entry_id, heard_version=entry.version, changes=changes, emit=[])
        return entry.entry_id in await self._entries.advance_many([said])

    async def _delete(self, file_id: str) -> None:
        await self._files.delete(file_id)
        await self._documents.delete(HEADERS, file_id)


def _file(entry: Entry) -> str:
    return entry.file_id or ""


def _place(file_id: str) -> str:
    return f"files/{file_id}"
