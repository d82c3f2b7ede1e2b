"""One suite for the documents contract; memory and the MongoDB wire both pass it."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from services.kernel.store.documents import Advance, Collection, Documents, DuplicateKey, Index

NOON = datetime(2026, 11, 23, 4, 0, 0, 125_000, tzinfo=UTC)
THINGS = Collection.of_aggregates(
    "things",
    Index(keys=("holder_id",)),
    Index(keys=("only_one",), unique=True, where={"current": True}),
)


@pytest.fixture(params=["memory_documents", pytest.param("mongo_documents", marks=pytest.mark.real)])
def contract(request: pytest.FixtureRequest) -> Documents:
    kept: Documents = request.getfixturevalue(request.param)
    return kept


@pytest.fixture
async def documents(contract: Documents) -> Documents:
    await contract.prepare([THINGS])
    await contract.prepare([THINGS])  # as a second process does
    return contract


def thing(name: str, **fields: object) -> dict[str, object]:
    return {"_id": name, "version": 1, "changed_at": NOON, "outbox": [], **fields}


def waiting(*ids: str) -> list[dict[str, object]]:
    return [{"id": one, "body": "{}"} for one in ids]


class TestInsert:
    async def test_gives_back_what_was_kept(self, documents: Documents) -> None:
        await documents.insert(THINGS, thing("a", at=NOON, blob=b"\x00\xff", names=["张", "王"], none=None))
        found = await documents.get(THINGS, "a")
        assert found == thing("a", at=NOON, blob=b"\x00\xff", names=["张", "王"], none=None)

    async def test_refuses_a_second_of_the_same_id(self, documents: Documents) -> None:
        await documents.insert(THINGS, thing("a", n=1))
        with pytest.raises(DuplicateKey):
            await documents.insert(THINGS, thing("a", n=2))
        found = await documents.get(THINGS, "a")
        assert found is not None
        assert found["n"] == 1

    async def test_has_one_winner_of_many_racers(self, documents: Documents) -> None:
        races = [documents.insert(THINGS, thing("a", n=number)) for number in range(20)]
        ends = await asyncio.gather(*races, return_exceptions=True)
        assert sum(end is None for end in ends) == 1
        assert sum(isinstance(end, DuplicateKey) for end in ends) == 19

    async def test_many_names_those_that_were_there(self, documents: Documents) -> None:
        await documents.insert(THINGS, thing("b"))
        refused = await documents.insert_many(THINGS, [thing("a"), thing("b"), thing("c")])
        assert refused == {"b"}
        assert set(await documents.get_many(THINGS, ["a", "b", "c", "d"])) == {"a", "b", "c"}

    async def test_holds_a_unique_value_among_the_current_only(self, documents: Documents) -> None:
        await documents.insert(THINGS, thing("a", only_one=["x", "y"], current=True))
        await documents.insert(THINGS, thing("b", only_one=["y"], current=False))
        with pytest.raises(DuplicateKey):
            await documents.insert(THINGS, thing("c", only_one=["y", "z"], current=True))

    async def test_many_names_a_unique_value_that_was_there(self, documents: Documents) -> None:
        await documents.insert(THINGS, thing("a", only_one=["x"], current=True))
        fresh = [thing("b", only_one=["x"], current=True), thing("c", only_one=["y"], current=True)]
        assert await documents.insert_many(THINGS, fresh) == {"b"}
        assert await documents.insert_many(THINGS, []) == frozenset()

    async def test_in_order_ends_before_the_first_that_was_there(self, documents: Documents) -> None:
        await documents.insert(THINGS, thing("b"))
        assert await documents.insert_in_order(THINGS, [thing("a"), thing("b"), thing("c")]) == 1
        assert set(await documents.get_many(THINGS, ["a", "b", "c"])) == {"a", "b"}
        assert await documents.insert_in_order(THINGS, [thing("c"), thing("d")]) == 2
        assert await documents.insert_in_order(THINGS, []) == 0

    async def test_in_order_ends_before_a_unique_value_that_was_there(self, documents: Documents) -> None:
        fresh = [
            thing(name, only_one=[value], current=True) for name, value in zip("abc", "xxy", strict=True)
        ]
        assert await documents.insert_in_order(THINGS, fresh) == 1
        assert set(await documents.get_many(THINGS, ["a", "b", "c"])) == {"a"}

    async def test_in_order_racers_share_without_a_gap(self, documents: Documents) -> None:
        """Whoever loses a place stops: the places taken are always the first ones."""
        races = [
            documents.insert_in_order(THINGS, [thing(f"{place:03d}", racer=racer) for place in range(20)])
            for racer in range(5)
        ]
        kept = await asyncio.gather(*races)
        there = await documents.get_many(THINGS, [f"{place:03d}" for place in range(20)])
        assert sum(kept) == len(there)
        assert sorted(there) == [f"{place:03d}" for place in range(len(there))]

    async def test_keeps_milliseconds_and_lists(self, documents: Documents) -> None:
        await documents.insert(THINGS, thing("a", at=NOON + timedelta(microseconds=999), names=("张", "王")))
        found = await documents.get(THINGS, "a")
        assert found is not None
        assert (found["at"], found["names"]) == (NOON, ["张", "王"])

    @pytest.mark.parametrize("value", [date(2026, 11, 23), {"a", "b"}, object()])
    async def test_refuses_what_no_store_keeps(self, documents: Documents, value: object) -> None:
        with pytest.raises(Exception, match=type(value).__name__):
            await documents.insert(THINGS, thing("a", value=value))
        assert await documents.get(THINGS, "a") is None

    async def test_keeps_what_was_given_then_not_what_became_of_it(self, documents: Documents) -> None:
        given = thing("a", names=["张"])
        await documents.insert(THINGS, given)
        given["names"] = []
        found = await documents.get(THINGS, "a")
        assert found is not None
        found["names"].append("王")
        assert await documents.get(THINGS, "a") == thing("a", names=["张"])


class TestUpdate:
    async def test_sets_fields_appends_events_and_grows_the_version(self, documents: Documents) -> None:
        await documents.insert(THINGS, thing("a", n=1, outbox=waiting("e1")))
        assert await documents.update(THINGS, "a", version=1, changes={"n": 2}, outbox=waiting("e2"))
        found = await documents.get(THINGS, "a")
        assert found == thing("a", n=2, version=2, outbox=waiting("e1", "e2"))

    async def test_changes_nothing_at_another_version(self, documents: Documents) -> None:
        await documents.insert(THINGS, thing("a", n=1))
        assert not await documents.update(THINGS, "a", version=7, changes={"n": 2})
        assert not await documents.update(THINGS, "nobody", version=1, changes={"n": 2})
        assert await documents.get(THINGS, "a") == thing("a", n=1)

    async def test_has_one_winner_of_many_racers(self, documents: Documents) -> None:
        await documents.insert(THINGS, thing("a", n=0))
        races = [documents.update(THINGS, "a", version=1, changes={"n": number}) for number in range(20)]
        assert sum(await asyncio.gather(*races)) == 1

    async def test_unload_takes_only_what_was_published_and_leaves_the_version(
        self, documents: Documents
    ) -> None:
        await documents.insert(THINGS, thing("a", outbox=waiting("e1", "e2", "e3")))
        await documents.unload(THINGS, {"a": ["e1", "e3"], "gone": ["e9"]})
        assert await documents.get(THINGS, "a") == thing("a", outbox=waiting("e2"))


class TestAdvance:
    async def test_applies_only_what_is_newer(self, documents: Documents) -> None:
        done = [
            await documents.advance_many(THINGS, [Advance(id="a", heard_version=v, changes={"n": v})])
            for v in (2, 1, 2, 3)
        ]
        assert done == [{"a"}, frozenset(), frozenset(), {"a"}]
        found = await documents.get(THINGS, "a")
        assert found is not None
        assert (found["n"], found["heard_version"]) == (3, 3)

    async def test_begins_with_what_it_was_told(self, documents: Documents) -> None:
        await documents.advance_many(THINGS, [Advance(id="a", heard_version=4, changes={"n": 1})])
        assert await documents.get(THINGS, "a") == {"_id": "a", "heard_version": 4, "n": 1, "outbox": []}
        assert await documents.advance_many(THINGS, []) == frozenset()

    async def test_tells_the_newer_from_the_older_in_one_batch(self, documents: Documents) -> None:
        await documents.advance_many(THINGS, [Advance(id="a", heard_version=5, changes={})])
        batch = [
            Advance(id="a", heard_version=4, changes={"n": 4}, outbox=waiting("late")),
            Advance(id="b", heard_version=1, changes={"n": 1}, outbox=waiting("e1")),
        ]
        assert await documents.advance_many(THINGS, batch) == {"b"}
        found = await documents.get_many(THINGS, ["a", "b"])
        assert "n" not in found["a"]
        assert found["b"]["outbox"] == waiting("e1")

    async def test_has_one_winner_of_many_racers(self, documents: Documents) -> None:
        races = [
            documents.advance_many(THINGS, [Advance(id="a", heard_version=1, changes={})]) for _ in range(20)
        ]
        assert sum(len(one) for one in await asyncio.gather(*races)) == 1


class TestFind:
    async def test_asks_by_equality_one_of_and_period(self, documents: Documents) -> None:
        for number in range(6):
            at = NOON + timedelta(minutes=number)
            await documents.insert(THINGS, thing(f"t{number}", holder_id=f"h{number % 3}", at=at))
        found = await documents.find(
            THINGS,
            {"holder_id": ("h0", "h1")},
            since=("at", NOON + timedelta(minutes=1)),
            before=("at", NOON + timedelta(minutes=5)),
            newest_first="at",
            limit=2,
        )
        assert [one["_id"] for one in found] == ["t4", "t3"]

    async def test_asks_by_none_for_those_that_lack_a_field(self, documents: Documents) -> None:
        await documents.insert(THINGS, thing("has", holder_id="h", names=["a"]))
        await documents.insert(THINGS, thing("has none", holder_id="h", names=[]))
        await documents.insert(THINGS, thing("lacks", holder_id="h"))
        found = await documents.find(THINGS, {"names": None, "holder_id": "h"})
        assert [one["_id"] for one in found] == ["lacks"]

    async def test_unpublished_are_given_oldest_first_within_the_period(self, documents: Documents) -> None:
        for number, outbox in enumerate([["e0"], [], ["e2"], ["e3"], ["e4"]]):
            at = NOON + timedelta(minutes=number)
            await documents.insert(THINGS, thing(f"t{number}", changed_at=at, outbox=waiting(*outbox)))
        period = {"since": NOON + timedelta(minutes=1), "before": NOON + timedelta(minutes=4)}
        found = await documents.unpublished(THINGS, **period, limit=10)
        assert found == [
            {"_id": f"t{n}", "changed_at": NOON + timedelta(minutes=n), "outbox": waiting(f"e{n}")}
            for n in (2, 3)
        ]
        assert [one["_id"] for one in await documents.unpublished(THINGS, **period, limit=1)] == ["t2"]

    async def test_unpublished_passes_over_what_has_no_outbox(self, documents: Documents) -> None:
        await documents.insert(THINGS, {"_id": "a", "changed_at": NOON})
        await documents.unload(THINGS, {"a": ["e1"]})
        period = {"since": NOON, "before": NOON + timedelta(minutes=1)}
        assert await documents.unpublished(THINGS, **period, limit=1) == []

    async def test_puts_last_what_has_no_such_field(self, documents: Documents) -> None:
        for name, fields in {"a": {}, "b": {"at": NOON}, "c": {"at": NOON + timedelta(1)}}.items():
            await documents.insert(THINGS, thing(name, **fields))
        found = await documents.find(THINGS, {}, newest_first="at")
        assert [one["_id"] for one in found] == ["c", "b", "a"]

    async def test_gives_the_oldest_first_and_before_them_what_has_no_such_field(
        self, documents: Documents
    ) -> None:
        for name, fields in {"a": {"at": NOON + timedelta(1)}, "b": {"at": NOON}, "c": {}}.items():
            await documents.insert(THINGS, thing(name, **fields))
        found = await documents.find(THINGS, {}, oldest_first="at")
        assert [one["_id"] for one in found] == ["c", "b", "a"]

    async def test_goes_on_after_an_id(self, documents: Documents) -> None:
        for name in ("b", "ab", "a", "张三"):
            await documents.insert(THINGS, thing(name))
        found = await documents.find(THINGS, {}, since=("_id", "a\0"), oldest_first="_id", limit=2)
        assert [one["_id"] for one in found] == ["ab", "b"]


class TestIndexes:
    async def test_are_made_anew_where_an_earlier_program_made_them_otherwise(
        self, documents: Documents
    ) -> None:
        """An index that was unique for all, and is for some from this version of the program on."""
        before = Collection(name="changing", indexes=(Index(keys=("name",), unique=True),))
        after = Collection(
            name="changing", indexes=(Index(keys=("name",), unique=True, where={"open": True}),)
        )
        await documents.prepare([before])
        await documents.insert(before, {"_id": "a", "name": "n", "open": False})
        await documents.prepare([after])
        await documents.prepare([after])
        await documents.insert(after, {"_id": "b", "name": "n", "open": True})
        with pytest.raises(DuplicateKey):
            await documents.insert(after, {"_id": "c", "name": "n", "open": True})


class TestDelete:
    async def test_says_whether_there_was_one(self, documents: Documents) -> None:
        await documents.insert(THINGS, thing("a"))
        assert await documents.delete(THINGS, "a")
        assert not await documents.delete(THINGS, "a")
        assert await documents.get(THINGS, "a") is None
