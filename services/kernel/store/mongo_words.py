"""The contract's words in MongoDB's: options, updates, and which writes of a bulk were duplicates."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from pymongo.errors import AutoReconnect, BulkWriteError, DuplicateKeyError, PyMongoError

from services.kernel.store.documents import Advance, DatabaseUnavailable, Document, DuplicateKey, Index

DUPLICATE = 11000
# IndexOptionsConflict and IndexKeySpecsConflict: one of these keys stands with other options.
INDEX_CONFLICTS = frozenset({85, 86})


def options_of(index: Index) -> dict[str, Any]:
    options: dict[str, Any] = {"unique": True} if index.unique else {}
    if index.where is not None:
        options["partialFilterExpression"] = dict(index.where)
    if index.expire_after is not None:
        options["expireAfterSeconds"] = index.expire_after
    return options


def any_of(values: tuple[Any, ...]) -> Any:  # noqa: ANN401 - what a field may be
    """Of one by equality: the embedded database takes twice as long for `$in` along a partial index."""
    return values[0] if len(values) == 1 else {"$in": list(values)}


def first_of(advance: Advance) -> Document:
    return {
        "_id": advance.id,
        **advance.changes,
        "heard_version": advance.heard_version,
        "outbox": list(advance.outbox),
    }


def change(changes: Mapping[str, Any], outbox: Sequence[Document]) -> dict[str, Any]:
    change: dict[str, Any] = {"$set": dict(changes)}
    if outbox:
        change["$push"] = {"outbox": {"$each": list(outbox)}}
    return change


def duplicates(error: BulkWriteError) -> frozenset[int]:
    """The places of the writes refused as duplicates; any other refusal is raised again."""
    failed = [*error.details["writeErrors"], *error.details["writeConcernErrors"]]
    if any(one["code"] != DUPLICATE for one in failed):
        raise error
    return frozenset(one["index"] for one in failed)


@contextmanager
def answers() -> Iterator[None]:
    """The driver's errors in the contract's words."""
    try:
        yield
    except DuplicateKeyError as error:
        raise DuplicateKey(str((error.details or {}).get("keyPattern", "_id"))) from error
    except PyMongoError as error:
        if isinstance(error, AutoReconnect) or error.timeout:
            raise DatabaseUnavailable("the database does not answer") from error
        raise
