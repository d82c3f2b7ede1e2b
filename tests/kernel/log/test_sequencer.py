"""Every event gets one place, for ever: through crashes at every write, repeats and a second sequencer."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from itertools import chain, cycle
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from deploy.local.waiting import until
from services.kernel.errors import Stale, Unavailable
from services.kernel.log import waiting
from services.kernel.log.leaves import HEAD, HEADS, LEAVES, Leaf, LogDamaged, grown, leaf_id
from services.kernel.log.sequencer import Sequencer
from services.kernel.log.tree import LogNotBegun
from services.kernel.log.waiting import WAITING, Entry
from services.kernel.store.documents import Collection, DatabaseUnavailable, Document, Documents
from services.kernel.store.lease import Lease
from services.kernel.store.memory import MemoryDocuments
from tests.kernel.log.conftest import MakeLab
from tests.kernel.log.lab import Broken, Lab, Turns, entry, key_pair, names, stepped
from tests.kernel.log.mutations import keep, put_back, rebuild
from tests.kernel.things import running


class TestSequencer:
    async def test_signs_an_empty_log_first(self, lab: Lab) -> None:
        with pytest.raises(LogNotBegun):
            await lab.tree.head()
        await lab.settle()
        head = await lab.tree.head()
        assert (head.size, lab.check(head.note).size) == (0, 0)
        assert await lab.audit() == 0

    async def test_gives_places_in_the_order_of_arrival(self, lab: Lab) -> None:
        await lab.hand_in("a", "b")
        lab.clock.pass_by(seconds=1)
        await lab.hand_in("c")
        await lab.settle()
        assert await lab.logged() == ["a", "b", "c"]
        assert await lab.documents.find(WAITING, {}) == []
        assert await lab.audit() == 3

    async def test_goes_on_where_it_was(self, lab: Lab) -> None:
        one = lab.sequencer()
        for number in range(9):
            await lab.hand_in(*names(number, start=number * 100))
            await lab.settle(one)
        assert await lab.audit() == 36

    async def test_keeps_no_word_of_what_was_handed_in(self, lab: Lab) -> None:
        await lab.hand_in("a")
        await lab.settle()
        found = await lab.documents.get(LEAVES, leaf_id(0))
        assert found is not None
        assert set(found) == {"_id", "ce_id", "at", "commitment", "nodes"}

    async def test_signs_each_move_of_the_head(self, lab: Lab) -> None:
        one, notes = lab.sequencer(), []
        for name in "abc":
            await lab.hand_in(name)
            await lab.settle(one)
            notes.append((await lab.tree.head()).note)
        assert [lab.check(note).size for note in notes] == [1, 2, 3]
        assert await lab.audit(*notes) == 3

    async def test_signs_a_quiet_log_again_after_a_minute(self, lab: Lab) -> None:
        one = lab.sequencer()
        await lab.hand_in("a")
        await lab.settle(one)
        before = await lab.tree.head()
        lab.clock.pass_by(seconds=59)
        await lab.settle(one)
        assert await lab.tree.head() == before
        lab.clock.pass_by(seconds=1)
        await lab.settle(one)
        after = await lab.tree.head()
        assert (after.size, after.root) == (before.size, before.root)
        assert after.signed_at > before.signed_at
        assert after.note != before.note

    async def test_makes_one_leaf_of_what_comes_twice(self, lab: Lab) -> None:
        one = lab.sequencer()
        await lab.hand_in("a", "b", "a")
        await lab.hand_in("b")
        await lab.settle(one)
        await lab.hand_in("b", "c", "a", "d")  # some of them known, some new
        await lab.hand_in("a")
        await lab.settle(one)
        assert sorted(await lab.logged()) == ["a", "b", "c", "d"]
        assert await lab.documents.find(WAITING, {}) == []
        assert await lab.audit() == 4

    async def test_lets_the_first_of_two_commitments_stand(self, lab: Lab) -> None:
        await lab.hand_in("a")
        await lab.settle()
        first = (await lab.tree.leaf("a")).commitment
        await lab.waiting.submit([Entry(ce_id="a", commitment=b"\x00" * 32)])
        await lab.settle()
        assert (await lab.tree.leaf("a")).commitment == first

    async def test_takes_more_than_one_batch(self, lab: Lab) -> None:
        await lab.hand_in(*names(waiting.BATCH + 7))
        await lab.hand_in(*names(5, start=5000))
        await lab.settle()
        assert await lab.audit() == waiting.BATCH + 12

    async def test_takes_what_lands_late(self, lab: Lab) -> None:
        """A write that was on its way for long carries the time at which it began."""
        one = lab.sequencer()
        await lab.hand_in("b")
        await lab.settle(one)
        lab.clock.pass_by(hours=-2)
        await lab.hand_in("a")
        lab.clock.pass_by(hours=2)
        await lab.settle(one)
        assert await lab.logged() == ["b", "a"]

    async def test_takes_many_that_came_one_by_one(self, lab: Lab) -> None:
        await lab.settle()
        for name in names(250):
            await lab.hand_in(name)
        await lab.settle()
        assert await lab.audit() == 250
        assert await lab.documents.find(WAITING, {}) == []

    async def test_finds_its_way_through_a_long_quiet_time(self, lab: Lab) -> None:
        await lab.hand_in("a")
        await lab.settle()
        lab.clock.pass_by(days=400)
        await lab.hand_in("b")
        await lab.settle()
        assert await lab.logged() == ["a", "b"]

    async def test_refuses_an_id_that_does_not_stand_on_a_line(self, lab: Lab) -> None:
        for bad in ("", "a\nb"):
            with pytest.raises(ValueError, match="line"):
                await lab.waiting.submit([entry(bad)])

    async def test_goes_no_further_on_a_damaged_log(self, lab: Lab) -> None:
        await lab.hand_in(*names(3))
        await lab.settle()
        head = await lab.tree.head()
        evil = {"root": b"\x00" * 32}
        assert await lab.documents.update(HEADS, HEAD, version=head.version, changes=evil)
        await lab.hand_in("d")
        with pytest.raises(LogDamaged):
            await lab.sequencer().step()

    async def test_signs_no_past_that_was_changed(self, lab: Lab) -> None:
        """Made anew with all its hashes and with the head, by somebody who has no key."""
        await lab.hand_in(*names(5))
        await lab.settle()
        running_on = lab.sequencer()
        await running_on.step()
        kept = await keep(lab)
        await lab.hand_in("f")
        for seed in range(6):
            await rebuild(lab, Random(seed))
            for one in (lab.sequencer(), running_on):
                with pytest.raises(LogDamaged):
                    await until_idle(one)
            await put_back(lab, kept)
        await lab.settle()
        assert await lab.audit() == 6

    async def test_signs_no_log_that_was_put_back_while_it_ran(self, lab: Lab) -> None:
        running_on = lab.sequencer()
        await lab.hand_in("a")
        await lab.settle(running_on)
        earlier = await keep(lab)
        await lab.hand_in("b")
        await lab.settle(running_on)
        await put_back(lab, earlier)
        await lab.hand_in("c")
        with pytest.raises(LogDamaged):
            await until_idle(running_on)

    async def test_begins_no_second_log_over_the_leaves_of_one(self, lab: Lab) -> None:
        await lab.hand_in("a")
        await lab.settle()
        await lab.documents.delete(HEADS, HEAD)
        with pytest.raises(LogDamaged):
            await lab.sequencer().step()

    async def test_goes_on_when_its_key_was_killed(self, lab: Lab) -> None:
        """What this process signed itself it knows without the key, and signs again with the new one."""
        one = lab.sequencer()
        await lab.hand_in("a")
        await lab.settle(one)
        dead, fresh = {"kid": "log-1", "kty": "EC", "state": "dead"}, key_pair("log-2")
        lab.ring._take({"keys": [dead, fresh]})  # noqa: SLF001 - as a kill does
        lab.clock.pass_by(seconds=61)
        await lab.settle(one)
        assert await lab.audit() == 1

    async def test_adopts_no_leaf_that_does_not_continue_the_tree(self, lab: Lab) -> None:
        await lab.hand_in("a")
        await lab.settle()
        forged = {**(await lab.tree.leaf("a")).document(), "_id": leaf_id(1), "ce_id": "b"}
        await lab.documents.insert(LEAVES, forged)
        with pytest.raises(LogDamaged):
            await lab.sequencer().step()


class TestLoop:
    async def test_takes_what_waits_when_the_engine_is_back(self) -> None:
        lab = Lab(MemoryDocuments())
        away = Away(lab.documents)
        await lab.hand_in("a")

        async def asked() -> bool:
            return away.asked > 0

        async def logged() -> bool:
            return bool(await lab.leaves())

        async with running(lab.sequencer(away).run_forever, lab.sequencer(away).run_forever):
            assert await until(asked, within=30)
            away.answers = True
            assert await until(logged, within=30)
        assert await lab.audit() == 1

    async def test_leaves_the_log_to_whoever_holds_the_lease(self) -> None:
        lab = Lab(MemoryDocuments())
        one, other = lab.sequencer(), lab.sequencer()
        assert await one._holds()  # noqa: SLF001 - the loop without its pauses
        assert not await other._holds()  # noqa: SLF001 - the same
        lab.clock.pass_by(seconds=13)
        assert await other._holds()  # noqa: SLF001 - the same
        assert not await one._holds()  # noqa: SLF001 - the same

    async def test_renews_its_lease_in_time(self) -> None:
        lab = Lab(MemoryDocuments())
        one, other = lab.sequencer(), Lease(lab.documents, lab.clock)
        for _ in range(20):
            assert await one._holds()  # noqa: SLF001 - the loop without its pauses
            lab.clock.pass_by(seconds=3)
            assert not await other.hold("log-sequencer", seconds=12)


class Away:
    """A store that does not answer until it is told to."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self.answers = False
        self.asked = 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the contract has
        self.asked += 1
        return getattr(self._documents, name) if self.answers else self._silent

    async def _silent(self, *_args: object, **_more: object) -> None:
        raise DatabaseUnavailable("told to be away")


class TestACrash:
    """At each write there is: before it, after it, or in the middle of a batch."""

    @pytest.mark.parametrize("how", ["before", "half", "after"])
    async def test_leaves_what_the_next_one_completes(self, labs: MakeLab, how: str) -> None:
        completed = False
        at = 0
        while not completed:
            at += 1
            completed = await self.survived(await labs(), at, how)
        assert at > 6

    async def survived(self, lab: Lab, at: int, how: str) -> bool:
        """Whether all went through before the k-th write."""
        broken = Broken(lab.documents, at=at, how=how)
        dying = Lab(broken, lab.clock)
        dying.ring = lab.ring
        handed: list[str] = []
        try:
            for start in (0, 10, 20):
                await dying.hand_in(*names(7, start=start))
                handed += names(7, start=start)
                await dying.settle()
        except Unavailable:
            pass
        before = await lab.leaves()
        heads = [(await lab.tree.head()).note] if await lab.documents.get(HEADS, HEAD) else []
        await lab.hand_in(*handed, *names(3, start=100))  # whoever was not answered comes again
        await lab.settle()
        after = await lab.leaves()
        assert after[: len(before)] == before
        ce_ids = [leaf.ce_id for leaf in after]
        assert len(ce_ids) == len(set(ce_ids))
        assert {*handed, *names(3, start=100)} <= set(ce_ids)
        assert await lab.documents.find(WAITING, {}) == []
        assert await lab.audit(*heads) == len(after)
        return not broken.failed

    async def test_half_way_is_adopted_with_its_numbers(self, lab: Lab) -> None:
        """Also when those that wait come in another order then."""
        await lab.settle()
        await lab.hand_in(*names(8))
        with pytest.raises(Unavailable):
            await lab.settle(lab.sequencer(Broken(lab.documents, at=1, how="half")))
        assert [leaf.ce_id for leaf in await lab.leaves()] == names(4)
        assert (await lab.tree.head()).size == 0
        lab.clock.pass_by(seconds=-5)
        await lab.hand_in("early")
        lab.clock.pass_by(seconds=5)
        await lab.settle()
        assert await lab.logged() == [*names(4), "early", *names(4, start=4)]


async def until_idle(one: Sequencer) -> None:
    while await one.step():
        pass


class Zombie:
    """A store on which a dead sequencer's write lands just before ours."""

    def __init__(self, documents: Documents, leaf: Leaf) -> None:
        self._documents = documents
        self._leaf: Leaf | None = leaf

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the contract has
        return getattr(self._documents, name)

    async def insert_in_order(self, collection: Collection, documents: Sequence[Document]) -> int:
        if self._leaf:
            await self._documents.insert(collection, self._leaf.document())
            self._leaf = None
        return await self._documents.insert_in_order(collection, documents)


class TestTwoSequencers:
    @pytest.mark.parametrize("late", ["another", "event-0", "event-1"])
    async def test_lose_nothing_when_a_write_lands_late(self, lab: Lab, late: str) -> None:
        await lab.settle()
        await lab.hand_in(*names(3))
        leaf, _ = grown((), 0, late, lab.clock.now(), entry(late).commitment)
        one = lab.sequencer(Zombie(lab.documents, leaf))
        with pytest.raises(Stale):
            await until_idle(one)
        assert len(await lab.documents.find(WAITING, {})) == 1
        await lab.settle()  # another process, should this one die here
        assert (await lab.logged())[0] == late
        assert set(await lab.logged()) == {late, *names(3)}
        assert await lab.documents.find(WAITING, {}) == []
        assert await lab.audit() == len({late, *names(3)})

    @given(schedule=some.lists(some.integers(0, 1), max_size=60))
    async def test_by_accident_share_the_places_in_any_interleaving(self, schedule: list[int]) -> None:
        lab = Lab(MemoryDocuments())
        await lab.hand_in(*names(5))
        await lab.hand_in(*names(4, start=3))
        turns = Turns(chain(schedule, cycle([0, 1])))

        async def work(racer: int) -> None:
            store = turns.store(lab.documents, racer)
            one = lab.sequencer(store)
            mine = Lab(store, lab.clock)
            for start in (10 * racer, 10 * racer + 4):
                await stepped(one)
                await mine.hand_in(*names(4, start=start))
                while await stepped(one):
                    pass

        await turns.play([work(1), work(2)])
        await lab.settle()
        leaves = await lab.leaves()
        assert [leaf.index for leaf in leaves] == list(range(len(leaves)))
        assert {leaf.ce_id for leaf in leaves} == {*names(7), *names(8, start=10), *names(8, start=20)}
        assert await lab.audit() == 23

    @given(
        schedule=some.lists(some.integers(0, 1), max_size=60),
        at=some.integers(1, 12),
        how=some.sampled_from(["before", "half", "after"]),
    )
    async def test_lose_nothing_when_one_dies_beside_the_other(
        self, schedule: list[int], at: int, how: str
    ) -> None:
        lab = Lab(MemoryDocuments())
        turns, answered = Turns(chain(schedule, cycle([0, 1]))), set[str]()

        async def work(racer: int, documents: Any) -> None:  # noqa: ANN401 - whole or broken
            store = turns.store(documents, racer)
            one, mine = lab.sequencer(store), Lab(store, lab.clock)
            with suppress(Unavailable):
                for start in (10 * racer, 10 * racer + 4):
                    await mine.hand_in(*names(4, start=start))
                    answered.update(names(4, start=start))
                    while await stepped(one):
                        pass

        await turns.play([work(1, lab.documents), work(2, Broken(lab.documents, at=at, how=how))])
        await lab.settle()
        logged = await lab.logged()
        assert answered <= set(logged)
        assert len(logged) == len(set(logged)) == await lab.audit()
        assert await lab.documents.find(WAITING, {}) == []

    async def test_side_by_side_on_a_real_engine(self, lab: Lab) -> None:
        await lab.settle()
        expected: set[str] = set()

        async def work(racer: int) -> None:
            one = lab.sequencer()
            for turn in range(8):
                mine = names(20, start=racer * 1000 + turn * 20)
                await lab.hand_in(*mine)
                expected.update(mine)
                await stepped(one)

        await asyncio.gather(*(work(racer) for racer in range(3)))
        await lab.settle()
        assert set(await lab.logged()) == expected
        assert await lab.audit() == 480

    async def test_the_slower_one_signs_nothing(self, lab: Lab) -> None:
        """One that stood still between its leaves and the head finds the head moved."""
        await lab.settle()
        await lab.hand_in("a")
        slow = lab.sequencer()
        head = await slow._begun()  # noqa: SLF001 - stands still here
        await lab.settle()
        with pytest.raises(Stale):
            await slow._move(head, [])  # noqa: SLF001 - and goes on
        assert await lab.audit() == 1
