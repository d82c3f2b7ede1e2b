"""Whatever is changed in what is stored, the audit finds it; a small case of the thousand in `make soak`."""

import random

import pytest

from services.kernel.log.leaves import HEAD, HEADS, LEAVES, LogDamaged, leaf_id
from services.kernel.log.tree import PAGE
from services.kernel.store.memory import MemoryDocuments
from tests.kernel.log.lab import Lab, names
from tests.kernel.log.mutations import MUTATIONS, Mutation, keep, put, put_back

SIZE = 13


@pytest.fixture
async def grown(lab: Lab) -> Lab:
    await lab.hand_in(*names(SIZE))
    await lab.settle()
    return lab


class TestAudit:
    async def test_finds_a_whole_log_whole(self, grown: Lab) -> None:
        assert await grown.audit() == SIZE

    @pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.__name__)
    async def test_finds_each_kind_of_change(self, grown: Lab, mutation: Mutation) -> None:
        kept = await keep(grown)
        for seed in range(12):
            what = await mutation(grown, random.Random(seed))
            with pytest.raises(LogDamaged):
                pytest.fail(f"not found: {what}, {await grown.audit()}")
            await put_back(grown, kept)
            assert await grown.audit() == SIZE

    async def test_reads_many_pages(self) -> None:
        lab = Lab(MemoryDocuments())
        await lab.hand_in(*names(2 * PAGE))
        await lab.hand_in(*names(1, start=9000))
        await lab.settle()
        assert await lab.audit() == 2 * PAGE + 1
        await lab.documents.delete(LEAVES, leaf_id(2 * PAGE))
        with pytest.raises(LogDamaged):
            await lab.audit()

    async def test_passes_leaves_that_a_crash_left_beyond_the_head(self, grown: Lab) -> None:
        before = await grown.documents.get(HEADS, HEAD)
        assert before is not None
        await grown.hand_in("later")
        await grown.settle()
        await put(grown, HEADS, before)
        assert await grown.audit() == SIZE

    async def test_finds_a_log_put_back_to_an_earlier_day_by_a_head_kept_elsewhere(self, grown: Lab) -> None:
        earlier = await keep(grown)
        await grown.hand_in("later")
        await grown.settle()
        head = (await grown.tree.head()).note
        await put_back(grown, earlier)
        assert await grown.audit() == SIZE
        with pytest.raises(LogDamaged):
            await grown.audit(head)

    async def test_finds_a_log_rewritten_with_its_own_key_by_a_head_kept_elsewhere(self, grown: Lab) -> None:
        await grown.hand_in("as it was")
        await grown.settle()
        head = (await grown.tree.head()).note
        other = Lab(MemoryDocuments())
        other.ring = grown.ring
        await other.hand_in(*names(SIZE), "as they want it", "more")
        await other.settle()
        assert await other.audit() == SIZE + 2
        with pytest.raises(LogDamaged):
            await other.audit(head)

    async def test_believes_no_head_of_another_log(self, grown: Lab) -> None:
        stranger = Lab(MemoryDocuments())
        await stranger.settle()
        with pytest.raises(LogDamaged):
            await grown.audit((await stranger.tree.head()).note)
