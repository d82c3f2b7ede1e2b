"""The documents contract over the MongoDB wire protocol.

motor is past its end of life (2026-05): this file alone knows it, so PyMongo's own can replace it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection
from pymongo import ASCENDING, UpdateOne
from pymongo.errors import BulkWriteError, OperationFailure

from services.kernel.store.documents import Advance, Collection, Document, Index
from services.kernel.store.mongo_words import (
    INDEX_CONFLICTS,
    answers,
    any_of,
    change,
    duplicates,
    first_of,
    options_of,
)

# One bound on all that an operation may wait for: a caller learns within 2 s that the database is away.
TIMEOUT_MS = 1_500
# 200 `$pull`s in one command came up to that bound beside an import on a busy machine (docs/performance.md).
PULLS = 50


class MongoDocuments:
    """Keeps documents in one database of a server."""

    def __init__(self, url: str, database: str) -> None:
        self._client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(
            url, timeoutMS=TIMEOUT_MS, serverSelectionTimeoutMS=TIMEOUT_MS, connectTimeoutMS=TIMEOUT_MS
        )
        options: CodecOptions[Document] = CodecOptions(tz_aware=True, tzinfo=UTC)
        self._database = self._client.get_database(database, codec_options=options)

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    async def prepare(self, collections: Iterable[Collection]) -> None:
        """Make the indexes that are missing, and anew those that an earlier program made otherwise."""
        with answers():
            for collection, index in ((one, index) for one in collections for index in one.indexes):
                await _make(self._of(collection), index)

    async def ping(self) -> None:
        """Return if the server answers."""
        with answers():
            await self._database.command("ping")

    async def insert(self, collection: Collection, document: Document) -> None:
        """One `insert_one`."""
        with answers():
            await self._of(collection).insert_one(document)

    async def insert_many(self, collection: Collection, documents: Sequence[Document]) -> frozenset[str]:
        """One unordered `insert_many`."""
        if not documents:
            return frozenset()
        with answers():
            try:
                await self._of(collection).insert_many(documents, ordered=False)
            except BulkWriteError as error:
                return frozenset(documents[position]["_id"] for position in duplicates(error))
        return frozenset()

    async def insert_in_order(self, collection: Collection, documents: Sequence[Document]) -> int:
        """One ordered `insert_many`."""
        if not documents:
            return 0
        with answers():
            try:
                await self._of(collection).insert_many(documents, ordered=True)
            except BulkWriteError as error:
                return min(duplicates(error))
        return len(documents)

    async def get(self, collection: Collection, document_id: str) -> Document | None:
        """One `find_one` by id."""
        with answers():
            return await self._of(collection).find_one({"_id": document_id})

    async def get_many(self, collection: Collection, ids: Sequence[str]) -> dict[str, Document]:
        """One `find` by ids."""
        with answers():
            found = await self._of(collection).find({"_id": {"$in": list(ids)}}).to_list(None)
        return {document["_id"]: document for document in found}

    async def update(
        self,
        collection: Collection,
        document_id: str,
        *,
        version: int,
        changes: Mapping[str, Any],
        outbox: Sequence[Document] = (),
    ) -> bool:
        """One `update_one` filtered on the version; never a replace, which would wipe unpublished events."""
        with answers():
            done = await self._of(collection).update_one(
                {"_id": document_id, "version": version}, change({**changes, "version": version + 1}, outbox)
            )
        return done.matched_count == 1

    async def advance_many(self, collection: Collection, advances: Sequence[Advance]) -> frozenset[str]:
        """What is new is inserted, which is four times as fast as an upsert; only the rest is upserted."""
        first = {one.id: one for one in reversed(advances)}
        known = await self.insert_many(collection, [first_of(one) for one in first.values()])
        rest = [one for one in advances if one.id in known or first[one.id] is not one]
        changed = await self._upsert_newer(collection, rest)
        return frozenset(first.keys() - known) | changed

    async def _upsert_newer(self, collection: Collection, advances: Sequence[Advance]) -> frozenset[str]:
        """One bulk; a duplicate key says that what is kept is already newer."""
        if not advances:
            return frozenset()
        writes = [
            UpdateOne(
                {"_id": one.id, "heard_version": {"$lt": one.heard_version}},
                change({**one.changes, "heard_version": one.heard_version}, one.outbox),
                upsert=True,
            )
            for one in advances
        ]
        with answers():
            try:
                await self._of(collection).bulk_write(writes, ordered=False)
            except BulkWriteError as error:
                older = duplicates(error)
                return frozenset(one.id for place, one in enumerate(advances) if place not in older)
        return frozenset(one.id for one in advances)

    async def unload(self, collection: Collection, published: Mapping[str, Sequence[str]]) -> None:
        """Unordered bulks of `$pull`s, each well within the bound of an operation."""
        pulls = [
            UpdateOne({"_id": document_id}, {"$pull": {"outbox": {"id": {"$in": list(entries)}}}})
            for document_id, entries in published.items()
        ]
        with answers():
            for start in range(0, len(pulls), PULLS):
                await self._of(collection).bulk_write(pulls[start : start + PULLS], ordered=False)

    async def unpublished(
        self, collection: Collection, *, since: datetime, before: datetime, limit: int
    ) -> list[Document]:
        """Along the index on `changed_at`."""
        period = {"changed_at": {"$gte": since, "$lt": before}, "outbox.0": {"$exists": True}}
        with answers():
            cursor = self._of(collection).find(period, {"outbox": 1, "changed_at": 1})
            return await cursor.sort("changed_at", ASCENDING).limit(limit).to_list(None)

    async def find(
        self,
        collection: Collection,
        equal: Mapping[str, Any],
        *,
        since: tuple[str, Any] | None = None,
        before: tuple[str, Any] | None = None,
        newest_first: str | None = None,
        oldest_first: str | None = None,
        limit: int = 100,
    ) -> list[Document]:
        """One `find`, sorted and limited by the server."""
        query = {name: any_of(value) if isinstance(value, tuple) else value for name, value in equal.items()}
        for operator, bound in (("$gte", since), ("$lt", before)):
            if bound:
                query.setdefault(bound[0], {})[operator] = bound[1]
        with answers():
            cursor = self._of(collection).find(query)
            if order := newest_first or oldest_first:
                cursor = cursor.sort(order, -1 if newest_first else ASCENDING)
            return await cursor.limit(limit).to_list(None)

    async def delete(self, collection: Collection, document_id: str) -> bool:
        """One `delete_one`."""
        with answers():
            done = await self._of(collection).delete_one({"_id": document_id})
        return done.deleted_count == 1

    def _of(self, collection: Collection) -> AsyncIOMotorCollection[Document]:
        return self._database[collection.name]


async def _make(collection: AsyncIOMotorCollection[Document], index: Index) -> None:
    """As it is to be from now on, whatever options an earlier program made it with."""
    keys, options = [(key, ASCENDING) for key in index.keys], options_of(index)
    try:
        await collection.create_index(keys, **options)
    except OperationFailure as error:
        if error.code not in INDEX_CONFLICTS:
            raise
        await collection.drop_index(keys)
        await collection.create_index(keys, **options)
