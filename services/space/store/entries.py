"""The spaces in documents; content encrypted under its holder's key, class `record` (law 6)."""

import asyncio
from collections.abc import Sequence
from datetime import date

from services.kernel.keys.vault import Retention, Vault
from services.kernel.outbox.aggregates import Aggregates, Hearsay
from services.kernel.store.documents import Collection, Document, Documents, Index
from services.space.domain import Content, Entry, Served, stands, to_be_brought
from services.space.ports import Page
from services.space.store.documents import as_kept, as_stored, one_of
from services.space.store.windows import keep_marks, mark_of, newest

ENTRIES = Collection.of_aggregates(
    "entries", Index(keys=("holder_id", "arrival")), Index(keys=("holder_id", "certificate_type", "arrival"))
)
# Of one type in one space: a chain of shops. Newest first, so that what is left out is old.
_TYPE_LIMIT = 200
RETENTIONS: tuple[Retention, ...] = ("record", "own")


class EntryStore:
    """Keeps `ports.Entries`."""

    def __init__(self, documents: Documents, aggregates: Aggregates, vault: Vault) -> None:
        self._documents = documents
        self._aggregates = aggregates
        self._vault = vault

    async def advance(self, entries: Sequence[tuple[Entry, bytes]]) -> frozenset[str]:
        """At most four trips, however many entries; rarely a fifth, for a mark."""
        await keep_marks(self._documents, (_mark_of(entry) for entry, _ in entries))
        keys = await self._vault.keys({entry.holder_id for entry, _ in entries}, "record")
        return await self._aggregates.advance_many(
            [
                Hearsay(
                    id=entry.entry_id,
                    heard_version=entry.version,
                    changes=as_stored(entry, without=("entry_id", "version", "encrypted"))
                    | {"content": keys.encrypt(entry.holder_id, plain, place=place_of(entry.entry_id))},
                    emit=[fact] if (fact := entry.told()) else [],
                )
                for entry, plain in entries
            ]
        )

    async def page(
        self,
        holder_ids: Sequence[str],
        *,
        certificate_types: Sequence[str] | None = None,
        before: str | None,
        limit: int,
    ) -> Page[Entry]:
        """Along the index of holder and arrival, or of holder, type and arrival."""
        wanted = (
            [{}] if certificate_types is None else [{"certificate_type": one} for one in certificate_types]
        )
        spaces = [{"holder_id": holder, **one} for holder in holder_ids for one in wanted]
        found = await newest(self._documents, ENTRIES, spaces, before=before, limit=limit + 1)
        following = found[limit - 1]["arrival"] if len(found) > limit else None
        return Page(rows=[_entry(document) for document in found[:limit]], next=following)

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
        entries = [_entry(document) for documents in found for document in documents]
        # Whatever a counter asks for by a type's code: what a holder brought is nobody's certificate.
        return [one for one in entries if one.origin == "certificate"]

    async def brought(self, holder_ids: Sequence[str], served: Sequence[Served]) -> frozenset[str]:
        """Along the same index, each kind by itself; mostly there is none to ask for."""
        found = await asyncio.gather(*(self._of_type(holder_ids, one) for one in to_be_brought(served)))
        own = [_entry(document) for documents in found for document in documents]
        return frozenset(one.certificate_type for one in own if stands(one))

    async def contents(self, entries: Sequence[Entry]) -> Sequence[Content]:
        """At most one trip, for the keys."""
        keys = {
            retention: await self._vault.keys(holders, retention, make=False)
            for retention in RETENTIONS
            if (holders := {one.holder_id for one in entries if retention_of(one) == retention})
        }
        return [
            Content.read(
                keys[retention_of(one)].decrypt(one.holder_id, one.encrypted, place=place_of(one.entry_id))
            )
            for one in entries
        ]

    async def _of_type(self, holder_ids: Sequence[str], certificate_type: str) -> list[Document]:
        return await self._documents.find(
            ENTRIES,
            {"holder_id": one_of(holder_ids), "certificate_type": certificate_type},
            newest_first="arrival",
            limit=_TYPE_LIMIT,
        )


def retention_of(entry: Entry) -> Retention:
    """What a holder brought dies with the holder's wish, what an authority issued with its term (law 6)."""
    return "own" if entry.origin == "upload" else "record"


def place_of(entry_id: str) -> str:
    """To which an encrypted content is bound."""
    return f"{ENTRIES.name}/{entry_id}"


def _mark_of(entry: Entry) -> Document | None:
    places = {name: getattr(entry, name) for name in ("holder_id", "certificate_type", "arrival")}
    return mark_of(entry.entry_id, entry.version, **places)


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
