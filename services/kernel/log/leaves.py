"""What the log keeps: leaves that never change, and one head.

A leaf's document also holds the nodes that it completes (`merkle.grow`), so a node is written together with
the leaf that makes it, has one place for ever, and a proof reads O(log n) documents by id.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256

from services.kernel.log import merkle
from services.kernel.store.documents import Collection, Document, Index

LEAVES = Collection(name="log_leaves", indexes=(Index(keys=("ce_id",), unique=True),))
HEADS = Collection(name="log_heads")
HEAD = "head"
# Under which the text that a leaf hashes is this one and no other.
FORM = "yima-leaf-v1"


class LogDamaged(Exception):
    """What is stored is not what was signed. Nothing more is signed until somebody has looked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One event: `at` is when it was taken up; `nodes` are those that it completes, its own hash first."""

    index: int
    ce_id: str
    at: datetime
    commitment: bytes
    nodes: tuple[bytes, ...]

    def document(self) -> Document:
        return {
            "_id": leaf_id(self.index),
            "ce_id": self.ce_id,
            "at": self.at,
            "commitment": self.commitment,
            "nodes": list(self.nodes),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """How far the log goes: `frontier` covers all leaves and folds to `root`; `note` is the checkpoint.

    `version`, `signed_at` and `taken` (before when nothing waits any more) are the sequencer's own notes.
    """

    size: int
    root: bytes
    frontier: tuple[bytes, ...]
    note: str
    signed_at: datetime
    taken: datetime
    version: int

    def document(self) -> Document:
        return {"_id": HEAD, **asdict(self), "frontier": list(self.frontier)}


def leaf_id(index: int) -> str:
    """Sixteen digits, so that ids sort as numbers do."""
    return f"{index:016d}"


def commitment(salt: bytes, record: bytes) -> bytes:
    """Bind to a record and tell nothing of it: the salt is 32 random bytes that its owner can destroy."""
    return sha256(salt + record).digest()


def leaf_hash(ce_id: str, at: datetime, commitment: bytes) -> bytes:
    """Over all that is stored of a leaf, so that nothing of it can be changed (docs/evidence.md)."""
    parts = (FORM, ce_id, written(at), b64encode(commitment).decode())
    return merkle.leaf_hash("".join(f"{part}\n" for part in parts).encode())


def written(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def grown(
    frontier: Sequence[bytes], index: int, ce_id: str, at: datetime, commitment: bytes
) -> tuple[Leaf, tuple[bytes, ...]]:
    """Make the leaf that comes next, and the frontier with it."""
    nodes, after = merkle.grow(frontier, index, leaf_hash(ce_id, at, commitment))
    leaf = Leaf(index=index, ce_id=ce_id, at=at, commitment=commitment, nodes=tuple(nodes))
    return leaf, tuple(after)


def regrown(frontier: Sequence[bytes], index: int, leaf: Leaf) -> tuple[bytes, ...]:
    """Give the frontier with a leaf that was found; LogDamaged unless it is what would be made there."""
    made, after = grown(frontier, index, leaf.ce_id, leaf.at, leaf.commitment)
    if made != leaf:
        raise LogDamaged(f"leaf {index} does not continue the tree before it")
    return after


def read_leaf(document: Document) -> Leaf:
    """Exactly what was written, or LogDamaged: a field more is a change too."""
    try:
        leaf = Leaf(
            index=int(document["_id"]),
            ce_id=str(document["ce_id"]),
            at=document["at"].astimezone(UTC),
            commitment=bytes(document["commitment"]),
            nodes=tuple(bytes(one) for one in document["nodes"]),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise LogDamaged(f"leaf {document['_id']} is not readable as one") from error
    if leaf.document() != document:
        raise LogDamaged(f"leaf {document['_id']} is not as it was written")
    return leaf


def read_head(document: Document) -> Head:
    """LogDamaged if its parts do not fit each other; whether it was signed is for `audit` to say."""
    try:
        head = Head(
            size=int(document["size"]),
            root=bytes(document["root"]),
            frontier=tuple(bytes(one) for one in document["frontier"]),
            note=str(document["note"]),
            signed_at=document["signed_at"].astimezone(UTC),
            taken=document["taken"].astimezone(UTC),
            version=int(document["version"]),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise LogDamaged("the head is not readable as one") from error
    fits = len(head.frontier) == head.size.bit_count() and merkle.fold(head.frontier) == head.root
    if not fits or head.document() != document:
        raise LogDamaged("the head's parts do not fit each other")
    return head
