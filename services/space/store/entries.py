"""The spaces in documents; content encrypted under its holder's key, class `record` (law 6)."""

import asyncio
from collections.abc import Sequence
from datetime import date

from services.kernel.keys.vault import Vault
from services.kernel.outbox.aggregates import Aggregates, Hearsay
from services.kernel.store.documents import Collection, Document, Documents, Index
from services.space.domain import Content, Entry
from services.space.ports import Page
from services.space.store.documents import as_kept, as_stored, one_of, page_of

ENTRIES = Collection.of_aggregates(
    "entries", Index(keys=("holder_id", "arrival")), Index(keys=("holder_id", "certificate_type"))
)
# Of one type in one space: a chain of shops. Newest first, so that what is left out is old.
_TYPE_LIMIT = 200


class EntryStore:
    """Keeps `ports.Entries`."""

    def __init__(self, documents: Documents, aggregates: Aggregates, vault: Vault) -> None:
        self._documents = documents
        self._aggregates = aggregates
        self._vault = vault

    async def advance(self, entries: Sequence[tuple[Entry, bytes]]) -> frozenset[str]:
        """At most four trips, however many entries."""
        keys = await self._vault.keys({entry.holder_id for entry, _ in entries}, "record")
        return await self._aggregates.advance_many(
            [
                Hearsay(
                    id=entry.entry_id,
                    heard_version=entry.version,
                    changes=as_stored(entry, without=("entry_id", "version", "encrypted"))
                    | {"content": keys.encrypt(entry.holder_id, plain, place=_place(entry.entry_id))},
                    emit=[fact] if (fact := entry.told()) else [],
                )
                for entry, plain in entries
            ]
        )

    async def page(self, holder_ids: Sequence[str], *, before: str | None, limit: int) -> Page[Entry]:
        """Along the index of holder and arrival."""
        return await page_of(self._documents, ENTRIES, _entry, holder_ids, before=before, limit=limit)

    async def get(self, entry_id: str) -> Entry | None:
        """By id."""
        found = await self._documents.get(ENTRIES, entry_id)
        return _entry(found) if found else None

    async def get_many(self, entry_ids: Sequence[str]) -> Sequence[Entry]:
        """One trip, none for nothing."""
        found = await self._documents.get_many(ENTRIES, entry_ids) if entry_ids else {}
        return [_entry(one) for one in found.values()]

    async def of_types(self, holder_ids: Sequence[str], certificate_types: Sequence[str]) -> Sequence[Entry]:
        """Along the index of holder and type, each type by itself: many of one must not hide another."""
        found = await asyncio.gather(*(self._of_type(holder_ids, one) for one in certificate_types))
        return [_entry(document) for documents in found for document in documents]

    async def contents(self, entries: Sequence[Entry]) -> Sequence[Content]:
        """At most one trip, for the keys."""
        keys = await self._vault.keys({entry.holder_id for entry in entries}, "record", make=False)
        return [
            Content.read(keys.decrypt(entry.holder_id, entry.encrypted, place=_place(entry.entry_id)))
            for entry in entries
        ]

    async def _of_type(self, holder_ids: Sequence[str], certificate_type: str) -> list[Document]:
        return await self._documents.find(
            ENTRIES,
            {"holder_id": one_of(holder_ids), "certificate_type": certificate_type},
            newest_first="arrival",
            limit=_TYPE_LIMIT,
        )


def _place(entry_id: str) -> str:
    return f"{ENTRIES.name}/{entry_id}"


def _entry(document: Document) -> Entry:
    days = {
        name: document[name] and date.fromisoformat(document[name]) for name in ("valid_from", "valid_to")
    }
    own = {
        "entry_id": document["_id"],
        "version": document["heard_version"],
        "encrypted": document["content"],
    }
    return as_kept(Entry, document, days | own)
