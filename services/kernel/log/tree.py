"""Reads of the log: its head, leaves, and proofs from O(log n) documents."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from services.kernel.errors import NotFound, Unavailable
from services.kernel.log import merkle
from services.kernel.log.leaves import (
    HEAD,
    HEADS,
    LEAVES,
    Head,
    Leaf,
    LogDamaged,
    leaf_id,
    read_head,
    read_leaf,
)
from services.kernel.store.documents import Documents

# Leaves read at once.
PAGE = 500


class LogNotBegun(Unavailable):
    """No head is signed yet: the sequencer does that at its first step."""


class LeafUnknown(NotFound):
    code = "log_leaf_unknown"


class SizeUnknown(NotFound):
    code = "log_size_unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inclusion:
    """That a leaf is in the tree of this size (RFC 9162, 2.1.3)."""

    leaf: Leaf
    size: int
    path: tuple[bytes, ...]


class Tree:
    """The log as readers see it: as far as its signed head goes."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def head(self) -> Head:
        """The newest signed head, or LogNotBegun."""
        found = await self._documents.get(HEADS, HEAD)
        if found is None:
            raise LogNotBegun("the log has no head yet")
        return read_head(found)

    async def leaf(self, which: int | str) -> Leaf:
        """By index or by ce_id; LeafUnknown for one that the head does not cover yet."""
        return await self._leaf(which, await self.head())

    async def _leaf(self, which: int | str, head: Head) -> Leaf:
        if isinstance(which, str):
            found = await self._documents.find(LEAVES, {"ce_id": which}, limit=1)
        else:
            found = list((await self._documents.get_many(LEAVES, [leaf_id(which)])).values())
        if not found or (leaf := read_leaf(found[0])).index >= head.size:
            raise LeafUnknown(f"no leaf {which} in the {head.size} of the log")
        return leaf

    async def leaves(self, start: int, end: int) -> list[Leaf]:
        """Those that are there from `start` to before `end`, in order, beyond the head too."""
        since, before = ("_id", leaf_id(start)), ("_id", leaf_id(end))
        found = await self._documents.find(LEAVES, {}, since=since, before=before, limit=max(end - start, 1))
        return [read_leaf(one) for one in sorted(found, key=lambda one: one["_id"])]

    async def inclusion(self, which: int | str, size: int | None = None) -> Inclusion:
        """Prove that a leaf is in the tree of this size, by default the whole; LeafUnknown, SizeUnknown."""
        head = await self.head()
        leaf, size = await self._leaf(which, head), _known(size, head)
        if leaf.index >= size:
            raise SizeUnknown(f"leaf {leaf.index} came after the log had {size}")
        path = await self.roots(merkle.inclusion_path(leaf.index, size))
        return Inclusion(leaf=leaf, size=size, path=tuple(path))

    async def consistency(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        """Prove that the tree of `new` leaves, by default all, continues that of `old`; SizeUnknown."""
        new = _known(new, await self.head())
        if not 0 < old <= new:
            raise SizeUnknown(f"no tree of {new} continues one of {old}")
        return tuple(await self.roots(merkle.consistency_path(old, new)))

    async def root(self, size: int) -> bytes:
        """Of the log when it had so many leaves; SizeUnknown."""
        return (await self.roots([(0, _known(size, await self.head()))]))[0]

    async def roots(self, ranges: Sequence[merkle.Range]) -> list[bytes]:
        """Of these ranges, none of which goes beyond the head, in one read."""
        covers = [merkle.cover(*one) for one in ranges]
        ids = sorted({_keeper(node) for node in chain.from_iterable(covers)})
        found = await self._documents.get_many(LEAVES, ids) if ids else {}
        keepers = {key: read_leaf(one) for key, one in found.items()}
        try:
            hashes = [[keepers[_keeper(node)].nodes[node[0]] for node in cover] for cover in covers]
        except (KeyError, IndexError) as error:
            raise LogDamaged("a node that was signed is missing") from error
        return [merkle.fold(one) for one in hashes]


def _known(size: int | None, head: Head) -> int:
    if size is not None and not 0 <= size <= head.size:
        raise SizeUnknown(f"the log has {head.size} leaves, not {size}")
    return head.size if size is None else size


def _keeper(node: merkle.Node) -> str:
    """The id of the leaf that completed this node."""
    level, place = node
    return leaf_id((place + 1 << level) - 1)
