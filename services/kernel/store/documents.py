"""The one small contract for keeping documents; memory and MongoDB both pass its test suite.

An aggregate is one document, and every change of it is one write (design.md, law 1):
`insert`, or `update` filtered on `{_id, version}`. No transaction exists here on purpose.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from services.kernel.errors import Unavailable

# What a store keeps is dynamic by nature; `store.py` is the edge where it becomes an aggregate.
Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """`where` makes it partial; `expire_after` (seconds) lets the engine delete by that date field."""

    keys: tuple[str, ...]
    unique: bool = False
    where: Mapping[str, Any] | None = field(default=None, hash=False)
    expire_after: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A name and the indexes that must stand before it is used."""

    name: str
    indexes: tuple[Index, ...] = field(default=())

    @classmethod
    def of_aggregates(cls, name: str, *indexes: Index) -> "Collection":
        """With the index along which the relay finds what a crash left unpublished.

        `changed_at` only ever grows and stays as it is when the outbox empties: an index on the
        outbox itself cost a third of all write throughput (ARCHITECTURE.md, decision 4).
        """
        return cls(name=name, indexes=(*indexes, Index(keys=("changed_at",))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """What a mirror makes of one heard version: applied only if newer than what it holds (law 3)."""

    id: str
    heard_version: int
    changes: Mapping[str, Any]
    outbox: Sequence[Document] = ()


class DuplicateKey(Exception):
    """A document with this `_id`, or this value of a unique index, exists; nothing was written."""


class DatabaseUnavailable(Unavailable):
    """The database did not answer in time; whether the write happened is not known."""

    code = "database_unavailable"


class Documents(Protocol):
    """Every method may raise `DatabaseUnavailable`; each write is atomic for one document."""

    async def prepare(self, collections: Iterable[Collection]) -> None:
        """Make the indexes; harmless when they stand."""
        ...

    async def ping(self) -> None:
        """Return if the engine answers."""
        ...

    async def insert(self, collection: Collection, document: Document) -> None:
        """Keep a new document, or raise `DuplicateKey`."""
        ...

    async def insert_many(self, collection: Collection, documents: Sequence[Document]) -> frozenset[str]:
        """Keep each, unordered; return the ids that were refused as duplicates."""
        ...

    async def insert_in_order(self, collection: Collection, documents: Sequence[Document]) -> int:
        """Keep one after the other, up to the first refused as a duplicate; return how many were kept.

        Whatever ends it, a crash too: those that were kept are the first of the sequence.
        """
        ...

    async def get(self, collection: Collection, document_id: str) -> Document | None:
        """The document, or None."""
        ...

    async def get_many(self, collection: Collection, ids: Sequence[str]) -> dict[str, Document]:
        """Those that exist, by id."""
        ...

    async def update(
        self,
        collection: Collection,
        document_id: str,
        *,
        version: int,
        changes: Mapping[str, Any],
        outbox: Sequence[Document] = (),
    ) -> bool:
        """Set fields and append events if the version is still this one; the version grows by one."""
        ...

    async def advance_many(self, collection: Collection, advances: Sequence[Advance]) -> frozenset[str]:
        """Apply each whose `heard_version` is newer, inserting where nothing is; return the ids changed.

        One advance of an id at a time, in a collection without unique indexes: an engine does not
        tell their duplicate keys from the one that says "already newer".
        """
        ...

    async def unload(self, collection: Collection, published: Mapping[str, Sequence[str]]) -> None:
        """Take these outbox entries (document id -> entry ids) out, leaving `version` alone."""
        ...

    async def unpublished(
        self, collection: Collection, *, since: datetime, before: datetime, limit: int
    ) -> list[Document]:
        """`{_id, changed_at, outbox}` of those changed in that time that still hold events, oldest first."""
        ...

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
        """Those whose fields equal these (a tuple means: one of), `since <= field`, `field < before`.

        None: the document lacks the field. Ask along an index and bound the period: an engine may
        materialise all that matches.
        """
        ...

    async def delete(self, collection: Collection, document_id: str) -> bool:
        """Whether there was one."""
        ...
