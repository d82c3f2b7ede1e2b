"""The tree against somebody else's vectors, and against the RFC's own recursion for any size.

merkle_vectors.json: testdata/{inclusion,consistency} of github.com/transparency-dev/merkle (Apache-2.0),
commit 417fb0c, as they stand there; `wantErr` says which must not hold.
"""

import json
from base64 import b64decode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.kernel.log import merkle

VECTORS = json.loads((Path(__file__).parent / "merkle_vectors.json").read_text())
# The leaves and roots of Certificate Transparency's reference test (merkletree/merkle_tree_test.cc).
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
MANY = some.integers(1, 70)


def data(count: int) -> list[bytes]:
    return [f"leaf {number}".encode() for number in range(count)]


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 9162, 2.1.1, word by word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = naive_split(len(leaves))
    return sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_split(n: int) -> int:
    return max(power for power in (1 << bit for bit in range(n.bit_length())) if power < n)


def naive_path(m: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 9162, 2.1.3.1, word by word."""
    if len(leaves) == 1:
        return []
    k = naive_split(len(leaves))
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(m: int, leaves: list[bytes], *, whole: bool) -> list[bytes]:
    """RFC 9162, 2.1.4.1, word by word."""
    if m == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = naive_split(len(leaves))
    if m <= k:
        return [*naive_subproof(m, leaves[:k], whole=whole), naive_root(leaves[k:])]
    return [*naive_subproof(m - k, leaves[k:], whole=False), naive_root(leaves[:k])]


class Grown:
    """A tree that keeps only what `grow` gives: each leaf with the nodes that it completes."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.completed: list[list[bytes]] = []
        self.frontier: list[bytes] = []
        for size, one in enumerate(leaves):
            nodes, self.frontier = merkle.grow(self.frontier, size, merkle.leaf_hash(one))
            self.completed.append(nodes)

    def root(self, wanted: merkle.Range) -> bytes:
        cover = merkle.cover(*wanted)
        return merkle.fold([self.completed[(place + 1 << level) - 1][level] for level, place in cover])


class TestVectors:
    @pytest.mark.parametrize("size", range(9))
    def test_of_the_reference_give_its_roots(self, size: int) -> None:
        grown = Grown([bytes.fromhex(one) for one in LEAVES[:size]])
        assert merkle.fold(grown.frontier).hex() == ROOTS[size]

    @pytest.mark.parametrize("name", VECTORS["inclusion"])
    def test_of_inclusion_hold_or_do_not(self, name: str) -> None:
        one: dict[str, Any] = VECTORS["inclusion"][name]
        path = [b64decode(step) for step in one["proof"] or []]
        leaf, root = b64decode(one["leafHash"] or ""), b64decode(one["root"] or "")
        held = merkle.verify_inclusion(leaf, one["leafIdx"], one["treeSize"], path, root)
        assert held is not one["wantErr"]

    @pytest.mark.parametrize("name", VECTORS["consistency"])
    def test_of_consistency_hold_or_do_not(self, name: str) -> None:
        one: dict[str, Any] = VECTORS["consistency"][name]
        path = [b64decode(step) for step in one["proof"] or []]
        roots = b64decode(one["root1"] or ""), b64decode(one["root2"] or "")
        held = merkle.verify_consistency(one["size1"], one["size2"], path, *roots)
        # Two empty trees are told apart by nothing: theirs says that they fit, ours that nothing is proved.
        if one["size1"] == 0:
            assert not held
        else:
            assert held is not one["wantErr"]


class TestAnyTree:
    @given(size=some.integers(0, 200))
    def test_has_the_root_of_the_recursion(self, size: int) -> None:
        assert merkle.fold(Grown(data(size)).frontier) == naive_root(data(size))

    @given(size=MANY, chance=some.data())
    def test_proves_each_leaf_as_the_recursion_does(self, size: int, chance: some.DataObject) -> None:
        index = chance.draw(some.integers(0, size - 1))
        leaves = data(size)
        grown = Grown(data(size + chance.draw(some.integers(0, 9))))  # however far it has grown since
        path = [grown.root(one) for one in merkle.inclusion_path(index, size)]
        assert path == naive_path(index, leaves)
        leaf, root = merkle.leaf_hash(leaves[index]), naive_root(leaves)
        assert merkle.verify_inclusion(leaf, index, size, path, root)
        assert not merkle.verify_inclusion(leaf, index, size, [*path, leaf], root)
        assert not any(
            merkle.verify_inclusion(leaf, other, size, path, root) for other in range(size) if other != index
        )

    @given(size=MANY, chance=some.data())
    def test_proves_each_beginning_as_the_recursion_does(self, size: int, chance: some.DataObject) -> None:
        old = chance.draw(some.integers(1, size))
        grown = Grown(data(size))
        path = [grown.root(one) for one in merkle.consistency_path(old, size)]
        assert path == naive_subproof(old, data(size), whole=True)
        roots = naive_root(data(old)), naive_root(data(size))
        assert merkle.verify_consistency(old, size, path, *roots)
        assert not merkle.verify_consistency(old, size, [*path, EVIL], *roots)

    @given(size=MANY, chance=some.data())
    def test_is_proved_by_no_changed_path(self, size: int, chance: some.DataObject) -> None:
        old = chance.draw(some.integers(1, size))
        grown = Grown(data(size))
        path = [grown.root(one) for one in merkle.consistency_path(old, size)]
        roots = naive_root(data(old)), naive_root(data(size))
        for place in range(len(path)):
            changed = [*path[:place], EVIL, *path[place + 1 :]]
            assert not merkle.verify_consistency(old, size, changed, *roots)
            assert not merkle.verify_consistency(old, size, path[:place], *roots)
        assert not merkle.verify_consistency(old, size, path, EVIL, roots[1])
        assert not merkle.verify_consistency(old, size, path, roots[0], EVIL)

    @given(size=some.integers(0, 500))
    def test_keeps_two_hashes_a_leaf(self, size: int) -> None:
        assert sum(len(nodes) for nodes in Grown(data(size)).completed) <= 2 * size

    def test_has_no_path_for_what_is_not_in_it(self) -> None:
        for index, size in ((1, 1), (-1, 5), (5, 5)):
            with pytest.raises(ValueError, match="no leaf"):
                merkle.inclusion_path(index, size)
        for old, size in ((0, 3), (4, 3)):
            with pytest.raises(ValueError, match="no path"):
                merkle.consistency_path(old, size)


EVIL = sha256(b"evil").digest()
