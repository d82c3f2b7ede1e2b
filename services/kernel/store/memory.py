"""The documents contract in a dictionary: for the fast half of the tests."""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from typing import Any

from services.kernel.store.documents import Advance, Collection, Document, DuplicateKey, Index


class MemoryDocuments:
    """Keeps what MongoDB would keep, gone with the process."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[str, Document]] = {}

    async def prepare(self, collections: Iterable[Collection]) -> None:
        """Nothing to make: unique indexes are checked at each write."""

    async def ping(self) -> None:
        """Always there."""

    async def insert(self, collection: Collection, document: Document) -> None:
        """Keep a copy, or raise `DuplicateKey`."""
        kept = self._of(collection)
        if document["_id"] in kept:
            raise DuplicateKey(str(document["_id"]))
        self._check_unique(collection, document)
        kept[document["_id"]] = _as_kept(document)

    async def insert_many(self, collection: Collection, documents: Sequence[Document]) -> frozenset[str]:
        """Keep each, return the ids refused."""
        refused = set()
        for document in documents:
            try:
                await self.insert(collection, document)
            except DuplicateKey:
                refused.add(document["_id"])
        return frozenset(refused)

    async def insert_in_order(self, collection: Collection, documents: Sequence[Document]) -> int:
        """Keep each until one is refused."""
        for place, document in enumerate(documents):
            try:
                await self.insert(collection, document)
            except DuplicateKey:
                return place
        return len(documents)

    async def get(self, collection: Collection, document_id: str) -> Document | None:
        """A copy, or None."""
        return deepcopy(self._of(collection).get(document_id))

    async def get_many(self, collection: Collection, ids: Sequence[str]) -> dict[str, Document]:
        """Copies of those that exist."""
        kept = self._of(collection)
        return {key: deepcopy(kept[key]) for key in ids if key in kept}

    async def update(
        self,
        collection: Collection,
        document_id: str,
        *,
        version: int,
        changes: Mapping[str, Any],
        outbox: Sequence[Document] = (),
    ) -> bool:
        """Apply if the version is still this one."""
        found = self._of(collection).get(document_id)
        if found is None or found["version"] != version:
            return False
        self._apply(collection, found, {**changes, "version": version + 1}, outbox)
        return True

    async def advance_many(self, collection: Collection, advances: Sequence[Advance]) -> frozenset[str]:
        """Apply each that is newer."""
        changed = set()
        for advance in advances:
            found = self._of(collection).get(advance.id)
            if found is not None and found.get("heard_version", 0) >= advance.heard_version:
                continue
            if found is None:
                found = self._of(collection)[advance.id] = {"_id": advance.id, "outbox": []}
            changes = {**advance.changes, "heard_version": advance.heard_version}
            self._apply(collection, found, changes, advance.outbox)
            changed.add(advance.id)
        return frozenset(changed)

    async def unload(self, collection: Collection, published: Mapping[str, Sequence[str]]) -> None:
        """Take published entries out."""
        for document_id, entries in published.items():
            found = self._of(collection).get(document_id)
            if found is not None and "outbox" in found:
                found["outbox"] = [entry for entry in found["outbox"] if entry["id"] not in entries]

    async def unpublished(
        self, collection: Collection, *, since: datetime, before: datetime, limit: int
    ) -> list[Document]:
        """Those that still hold events, oldest first."""
        every = len(self._of(collection))
        found = await self.find(
            collection, {}, since=("changed_at", since), before=("changed_at", before), limit=every
        )
        waiting = [one for one in found if one.get("outbox")]
        fields = ("_id", "changed_at", "outbox")
        return [
            {name: one[name] for name in fields}
            for one in sorted(waiting, key=lambda one: one["changed_at"])[:limit]
        ]

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
        """Copies of those that fit."""
        fits = [
            document
            for document in self._of(collection).values()
            if all(_has(document, name, value) for name, value in equal.items())
            and (since is None or (document.get(since[0]) is not None and document[since[0]] >= since[1]))
            and (before is None or (document.get(before[0]) is not None and document[before[0]] < before[1]))
        ]
        if field := newest_first or oldest_first:
            there = [document for document in fits if document.get(field) is not None]
            there.sort(key=lambda document: document[field], reverse=newest_first is not None)
            lacking = [document for document in fits if document.get(field) is None]
            # As the database has it: what lacks the field is less than all that have it.
            fits = there + lacking if newest_first else lacking + there
        return deepcopy(fits[:limit])

    async def delete(self, collection: Collection, document_id: str) -> bool:
        """Whether there was one."""
        return self._of(collection).pop(document_id, None) is not None

    def _of(self, collection: Collection) -> dict[str, Document]:
        return self._kept.setdefault(collection.name, {})

    def _apply(
        self, collection: Collection, found: Document, changes: Mapping[str, Any], outbox: Sequence[Document]
    ) -> None:
        self._check_unique(collection, {**found, **changes})
        found.update(_as_kept(changes))
        if outbox:
            found["outbox"] = [*found.get("outbox", []), *_as_kept(outbox)]

    def _check_unique(self, collection: Collection, document: Document) -> None:
        for index in collection.indexes:
            if not index.unique or not _covered(index, document):
                continue
            others = (one for one in self._of(collection).values() if one["_id"] != document["_id"])
            if any(_covered(index, other) and _collide(index, document, other) for other in others):
                raise DuplicateKey(",".join(index.keys))


def _as_kept(value: Any) -> Any:  # noqa: ANN401 - what a store keeps is dynamic by nature
    """A copy such as BSON would give back; what BSON cannot keep (a date, a set) is refused here too."""
    if isinstance(value, Mapping):
        return {name: _as_kept(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_as_kept(inner) for inner in value]
    if isinstance(value, datetime):
        return value.replace(microsecond=value.microsecond // 1000 * 1000)
    if value is None or isinstance(value, bool | int | float | str | bytes):
        return value
    raise TypeError(f"no store keeps a {type(value).__name__}")


def _has(document: Document, name: str, value: object) -> bool:
    found = document.get(name)
    wanted = value if isinstance(value, tuple) else (value,)
    return any(one in wanted for one in found) if isinstance(found, list) else found in wanted


def _covered(index: Index, document: Document) -> bool:
    return all(document.get(name) == value for name, value in (index.where or {}).items())


def _collide(index: Index, one: Document, other: Document) -> bool:
    return all(_values(one, key) & _values(other, key) for key in index.keys)


def _values(document: Document, key: str) -> set[object]:
    value = document.get(key)
    return set(value) if isinstance(value, list) else {value}
