"""Merkle trees as RFC 9162 (2.1) has them; pure.

A *node* (level, place) is the root of the complete subtree over the leaves from `place << level` to before
`(place + 1) << level`; once its leaves are there it never changes. A *range* (start, end) is any subtree
that a proof names: its root folds the nodes that cover it.
"""

from collections.abc import Iterator, Sequence
from functools import reduce
from hashlib import sha256

Node = tuple[int, int]
Range = tuple[int, int]

HASH_BYTES = 32
EMPTY = sha256().digest()


def leaf_hash(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over the nodes that cover a range, given from left to right."""
    if not hashes:
        return EMPTY
    return reduce(lambda right, left: node_hash(left, right), reversed(hashes))


def cover(start: int, end: int) -> list[Node]:
    """The nodes of a range, from left to right: at most one a level, from high to low."""
    nodes = []
    for level in reversed(range((end - start).bit_length())):
        if end - start >> level:
            nodes.append((level, start >> level))
            start += 1 << level
    return nodes


def grow(frontier: Sequence[bytes], size: int, leaf: bytes) -> tuple[list[bytes], list[bytes]]:
    """Add leaf number `size` to the nodes that cover what is there.

    Gives the nodes that this leaf completes, itself first and each one level higher, and the new
    frontier. Over time that is two hashes a leaf.
    """
    completed, left = [leaf], list(frontier)
    while size >> len(completed) - 1 & 1:
        completed.append(node_hash(left.pop(), completed[-1]))
    return completed, [*left, completed[-1]]


def inclusion_path(index: int, size: int) -> list[Range]:
    """Whose roots prove that a leaf is in the tree of this size (2.1.3.1), lowest first."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        left, right = (start, middle), (middle, end)
        path.append(right if index < middle else left)
        start, end = left if index < middle else right
    return path[::-1]


def consistency_path(old: int, size: int) -> list[Range]:
    """Whose roots prove that the tree of `old` leaves is a beginning of that of `size` (2.1.4.1).

    An empty tree proves nothing: there is no path from it.
    """
    if not 0 < old <= size:
        raise ValueError(f"no path from a tree of {old} to one of {size}")
    path, start, end = [], 0, size
    while old != end:
        middle = start + _split(end - start)
        left, right = (start, middle), (middle, end)
        path.append(right if old <= middle else left)
        start, end = left if old <= middle else right
    # The old tree itself is known to who asks, unless it is a part of what the path has gone into.
    return [(start, end), *path[::-1]] if start else path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162, 2.1.3.2."""
    if not 0 <= index < size or len(leaf) != HASH_BYTES:
        return False
    node, last, found = index, size - 1, leaf
    for one in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = node_hash(one, found)
            node, last = _up_to_right_child(node, last)
        else:
            found = node_hash(found, one)
        node, last = node >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(old: int, size: int, path: Sequence[bytes], old_root: bytes, root: bytes) -> bool:
    """RFC 9162, 2.1.4.2; two trees of the same size need no path, and have one root."""
    if not 0 < old < size:
        return old == size > 0 and not path and old_root == root
    steps = iter(path if old & old - 1 else [old_root, *path])
    node, last = _up_to_left_child(old - 1, size - 1)
    first = next(steps, b"")
    ends = _climb(node, last, first, steps)
    return ends is not None and ends == (old_root, root)


def _climb(node: int, last: int, first: bytes, steps: Iterator[bytes]) -> tuple[bytes, bytes] | None:
    """The two roots that a consistency path leads to, if it has the length that it must have."""
    old_found = found = first
    for one in steps:
        if last == 0:
            return None
        if node & 1 or node == last:
            old_found, found = node_hash(one, old_found), node_hash(one, found)
            node, last = _up_to_right_child(node, last)
        else:
            found = node_hash(found, one)
        node, last = node >> 1, last >> 1
    return (old_found, found) if last == 0 else None


def _up_to_right_child(node: int, last: int) -> tuple[int, int]:
    """Past the levels where the right edge has no sister."""
    while node and not node & 1:
        node, last = node >> 1, last >> 1
    return node, last


def _up_to_left_child(node: int, last: int) -> tuple[int, int]:
    while node & 1:
        node, last = node >> 1, last >> 1
    return node, last


def _split(width: int) -> int:
    """The largest power of two below it."""
    return 1 << (width - 1).bit_length() - 1
