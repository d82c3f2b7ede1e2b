"""Proofs from what is stored: of every leaf, to every size, in a few reads."""

import pytest

from services.kernel.log.leaves import LEAVES, LogDamaged, leaf_id
from services.kernel.log.merkle import verify_consistency, verify_inclusion
from services.kernel.log.tree import LeafUnknown, SizeUnknown, Tree
from services.kernel.store.documents import Collection, Document
from services.kernel.store.memory import MemoryDocuments
from tests.kernel.log.lab import Lab, names

SIZE = 21


@pytest.fixture
async def grown(lab: Lab) -> Lab:
    await lab.hand_in(*names(SIZE))
    await lab.settle()
    return lab


class Counting(MemoryDocuments):
    """Counts what is read."""

    read = 0

    async def get_many(self, collection: Collection, ids: object) -> dict[str, Document]:
        found = await super().get_many(collection, ids)  # type: ignore[arg-type] # passed on as it came
        self.read += len(found)
        return found


class TestProofs:
    async def test_hold_for_every_leaf_and_every_size(self, grown: Lab) -> None:
        roots = [await grown.tree.root(size) for size in range(SIZE + 1)]
        for size in range(1, SIZE + 1):
            for index in range(0, size, 3):
                proof = await grown.tree.inclusion(index, size)
                assert verify_inclusion(proof.leaf.nodes[0], index, size, proof.path, roots[size])
        for old in range(1, SIZE + 1):
            path = await grown.tree.consistency(old)
            assert verify_consistency(old, SIZE, path, roots[old], roots[SIZE])
        assert roots[SIZE] == (await grown.tree.head()).root

    async def test_are_found_by_ce_id(self, grown: Lab) -> None:
        proof = await grown.tree.inclusion("event-7")
        assert (proof.leaf.index, proof.size) == (7, SIZE)

    async def test_of_what_is_not_there_are_refused(self, grown: Lab) -> None:
        for unknown in ("nothing", SIZE, 10**9):
            with pytest.raises(LeafUnknown):
                await grown.tree.inclusion(unknown)
        for index, size in ((3, 3), (0, SIZE + 1), (0, 0)):
            with pytest.raises(SizeUnknown):
                await grown.tree.inclusion(index, size)
        for old, new in ((0, 5), (6, 5), (1, SIZE + 1)):
            with pytest.raises(SizeUnknown):
                await grown.tree.consistency(old, new)

    async def test_do_not_reach_beyond_the_signed_head(self, grown: Lab) -> None:
        leaf = {**(await grown.tree.leaf(3)).document(), "_id": leaf_id(SIZE), "ce_id": "beyond"}
        await grown.documents.insert(LEAVES, leaf)
        for beyond in ("beyond", SIZE):
            with pytest.raises(LeafUnknown):
                await grown.tree.leaf(beyond)

    async def test_say_when_a_signed_node_is_missing(self, grown: Lab) -> None:
        await grown.documents.delete(LEAVES, leaf_id(7))  # it kept the node over the first eight
        with pytest.raises(LogDamaged):
            await grown.tree.inclusion(8)

    async def test_read_a_handful_of_documents_of_a_large_log(self) -> None:
        documents = Counting()
        lab = Lab(documents)
        await lab.hand_in(*names(600))
        await lab.settle()
        for proof in (Tree(documents).inclusion("event-300"), Tree(documents).consistency(333)):
            documents.read = 0
            await proof
            assert documents.read <= 20
