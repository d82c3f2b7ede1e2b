"""The contract's words in MongoDB's: options, updates, and which writes of a bulk were duplicates."""

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo.errors import BulkWriteError

from services.kernel.store.documents import Advance, Document, Index

DUPLICATE = 11000


def index_options(index: Index) -> dict[str, Any]:
    options: dict[str, Any] = {"unique": True} if index.unique else {}
    if index.where is not None:
        options["partialFilterExpression"] = dict(index.where)
    if index.expire_after is not None:
        options["expireAfterSeconds"] = index.expire_after
    return options


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
