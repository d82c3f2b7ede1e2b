"""Recompute the log from its leaves and hold it against what was signed."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from services.kernel.keys.jws import NotHeld
from services.kernel.log.checkpoint import Checkpoint
from services.kernel.log.leaves import LEAVES, Head, Leaf, LogDamaged, leaf_id, read_leaf, regrown
from services.kernel.log.merkle import fold
from services.kernel.log.tree import PAGE, LogNotBegun, Tree
from services.kernel.store.documents import Documents


async def audit(
    documents: Documents, check: Callable[[str], Checkpoint], *, known: Sequence[str] = ()
) -> int:
    """Give the number of leaves, all of them found as they were signed; else LogDamaged says what was not.

    `check` is `checkpoint.checked` with the log's name and keys. `known` are heads kept elsewhere: without
    one, nobody can tell from the database alone that all of it was put back to an earlier day.
    A gap beyond the head that a second audit does not find was a batch on its way.
    """
    tree = Tree(documents)
    try:
        head = await tree.head()
    except LogNotBegun as error:
        raise LogDamaged("there is no head") from error
    trust(head, check)
    earlier = [_signed(check, one) for one in known]
    if ahead := [one.size for one in earlier if one.size > head.size]:
        raise LogDamaged(f"a head of {max(ahead)} leaves was signed, and there are {head.size}")
    frontier: tuple[bytes, ...] = ()
    for start, end in pairwise(
        sorted({*range(0, head.size, PAGE), *(one.size for one in earlier), 0, head.size})
    ):
        frontier = _regrown(frontier, start, await tree.leaves(start, end), end)
        if any(one.size == end and one.root != fold(frontier) for one in earlier):
            raise LogDamaged(f"another tree of {end} leaves was signed")
    if frontier != head.frontier:
        raise LogDamaged("the leaves do not lead to the head that was signed")
    since = ("_id", leaf_id(head.size))
    beyond = await documents.find(LEAVES, {}, since=since, limit=PAGE)
    _regrown(frontier, head.size, sorted(map(read_leaf, beyond), key=lambda one: one.index))
    return head.size


def trust(head: Head, check: Callable[[str], Checkpoint]) -> None:
    """LogDamaged unless this is the head that was signed."""
    signed = _signed(check, head.note)
    if (signed.size, signed.root) != (head.size, head.root):
        raise LogDamaged("the head is not the one that was signed")


def _signed(check: Callable[[str], Checkpoint], note: str) -> Checkpoint:
    try:
        return check(note)
    except NotHeld as error:
        raise LogDamaged(f"a head was not signed by this log: {error}") from error


def _regrown(
    frontier: tuple[bytes, ...], start: int, leaves: Sequence[Leaf], end: int | None = None
) -> tuple[bytes, ...]:
    if end is not None and len(leaves) != end - start:
        raise LogDamaged(f"of the leaves {start} to {end - 1} {len(leaves)} are there")
    for index, leaf in enumerate(leaves, start=start):
        frontier = regrown(frontier, index, leaf)
    return frontier
