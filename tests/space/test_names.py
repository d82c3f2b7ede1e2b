"""A certificate that came with a wrong number is shown to nobody, whatever is heard first."""

import itertools
from typing import Any

import pytest

from services.kernel.event import Record
from services.space.events import EntryAdded, EntryChanged, EntryDisputed
from services.space.store import HOLDER_NAMES
from services.space.store.entries import ENTRIES
from tests.space.world import FOOD, HOLDER, HOLDER_NAME, ORGANISATION, World

STRANGER = "李四"


@pytest.fixture
async def world(world: World) -> World:
    """In which nothing was heard of the holder so far."""
    await world.documents.delete(HOLDER_NAMES, HOLDER)
    return world


def of(world: World, name: str, number: int = 1, **changes: Any) -> Record:
    """A certificate under this name."""
    return world.certificate(number, content={"holder_name": name}, **changes)


async def listed(world: World) -> list[str]:
    return [one["entry_id"] for one in (await world.see("entries"))["entries"]]


def disputed(world: World) -> list[str]:
    return [one["entry_id"] for one in world.said(EntryDisputed.type)]


def audiences(world: World, fact: type[EntryAdded | EntryChanged]) -> list[str | None]:
    return [one["audience"] for one in world.said(fact.type)]


class TestAStrangersCertificate:
    @pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
    async def test_is_shown_to_nobody_and_reported_once_in_any_order(
        self, world: World, order: tuple[int, ...]
    ) -> None:
        events = (of(world, STRANGER), of(world, HOLDER_NAME, 2), world.registered())
        for place in order:
            await world.hear(events[place])
        for event in events:
            await world.hear(event)
        assert await listed(world) == [f"{2:032x}"]
        assert (await world.see(f"entries/{2:032x}"))["holder_name"] == HOLDER_NAME
        assert disputed(world) == [f"{1:032x}"]

    async def test_looks_like_one_that_is_not_there(self, world: World) -> None:
        await world.hear(of(world, STRANGER), world.registered())
        answers = [
            await world.http.get(f"/v1/entries/{number:032x}", headers=world.resident()) for number in (1, 7)
        ]
        assert {(one.status_code, one.json()["code"], one.json()["detail"]) for one in answers} == {
            (404, "entry_unknown", "no such entry in your space")
        }

    async def test_is_missing_at_the_counter_and_never_handed_over(self, world: World) -> None:
        await world.hear(of(world, STRANGER), world.registered())
        (food, _) = (await world.match()).json()["matches"]
        assert (food["certificate_type"], food["result"], food["entry_ids"]) == (FOOD, "missing", [])
        assert (await world.pull()).json()["code"] == "nothing_to_pull"

    async def test_leaves_no_gap_and_no_empty_page_in_the_list(self, world: World) -> None:
        await world.hear(world.registered())
        for number in range(1, 8):
            await world.hear(of(world, STRANGER if number in {1, 3, 4, 6} else HOLDER_NAME, number))
        first = await world.see("entries", limit=2)
        assert [int(one["entry_id"], 16) for one in first["entries"]] == [7, 5]
        last = await world.see("entries", limit=2, before=first["next"])
        assert ([int(one["entry_id"], 16) for one in last["entries"]], last["next"]) == ([2], None)

    async def test_however_many_there_are_does_not_cost_the_list_a_read_each(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await world.hear(world.registered(), world.certificate(1), world.certificate(2))
        for number in range(3, 63):
            await world.hear(of(world, STRANGER, number))
        find, reads = world.documents.find, list[Any]()

        async def counted(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - as the store's
            reads.extend(one for one in given if one is ENTRIES)
            return await find(*given, **named)

        monkeypatch.setattr(world.documents, "find", counted)
        shown = await world.see("entries", limit=1)
        assert [int(one["entry_id"], 16) for one in shown["entries"]] == [2]
        assert 1 < len(reads) <= 3
        last = await world.see("entries", limit=1, before=shown["next"])
        assert ([int(one["entry_id"], 16) for one in last["entries"]], last["next"]) == ([1], None)

    async def test_is_not_told_to_its_holder_by_any_event(self, world: World) -> None:
        """Before the name is known the partners alone hear of it, and afterwards nobody."""
        await world.hear(of(world, STRANGER))
        assert [one["audience"] for one in world.said(EntryAdded.type)] == ["partners"]
        await world.hear(world.registered(), of(world, STRANGER, 2))
        assert len(world.said(EntryAdded.type)) == 1
        assert disputed(world) == [f"{1:032x}", f"{2:032x}"]

    async def test_stays_hidden_when_its_state_changes(self, world: World) -> None:
        await world.hear(world.renamed("张晓禾"), world.certificate(), world.status())
        assert await listed(world) == []
        assert audiences(world, EntryChanged) == ["partners"]
        assert audiences(world, EntryAdded) == []

    async def test_that_was_pulled_while_its_name_fitted_is_revoked_before_those_who_pulled(
        self, world: World
    ) -> None:
        await world.hear(world.registered(), world.certificate())
        assert (await world.pull()).status_code == 200
        await world.hear(world.renamed("张晓禾"), world.status())
        (said,) = world.said(EntryChanged.type)
        assert (said["state"], said["audience"]) == ("revoked", "partners")
        assert await listed(world) == []

    @pytest.mark.parametrize("at_once", [True, False])
    async def test_stays_hidden_when_it_is_corrected_away(self, world: World, *, at_once: bool) -> None:
        """Else its holder would learn of a stranger's certificate by its removal."""
        bare = {"name": "食品经营许可证"} | dict.fromkeys(("identifier", "holder_name", "credential"), "")
        gone = world.status(version=2, change="correct", state="removed", content=bare)
        await world.hear(world.registered())
        batches = [[of(world, STRANGER), gone]] if at_once else [[of(world, STRANGER)], [gone]]
        for batch in batches:
            await world.hear(*batch)
        assert await listed(world) == []
        answer = await world.http.get(f"/v1/entries/{1:032x}", headers=world.resident())
        assert answer.status_code == 404
        assert audiences(world, EntryChanged) == ["partners"]

    async def test_is_reported_anew_to_who_registers_after_an_erasure(self, world: World) -> None:
        """What was asked of the authority was erased with the holder."""
        await world.hear(of(world, STRANGER), world.registered(), world.erased(version=2))
        for _ in range(2):
            await world.hear(world.registered(version=3))
        assert disputed(world) == [f"{1:032x}"] * 2
        assert await listed(world) == []

    async def test_is_told_of_by_ids_and_hashes_alone(self, world: World) -> None:
        await world.hear(of(world, STRANGER), world.registered())
        (said,) = world.said(EntryDisputed.type)
        assert said == {
            "entry_id": f"{1:032x}",
            "version": 1,
            "holder_id": HOLDER,
            "certificate_type": FOOD,
            "authority": ORGANISATION,
            "name_hash": world.hashed(HOLDER, STRANGER),
            "disputed_at": "2026-03-09T02:30:00Z",
        }
        assert STRANGER not in world.documents.everything()


class TestAnEntry:
    async def test_is_told_to_its_holder_as_soon_as_the_holder_is_known(self, world: World) -> None:
        """Under the id of what the partners were told: who had it has it already."""
        await world.hear(world.certificate())
        await world.hear(world.registered(), world.registered())
        first, again = world.said(EntryAdded.type)
        assert (first.pop("audience"), again.pop("audience"), again) == ("partners", None, first)
        outboxes = [
            one["outbox"] for name in ("entries", "entry_reports") for one in world.documents.kept(name)
        ]
        assert len({each["id"] for outbox in outboxes for each in outbox}) == 1

    async def test_of_a_holder_of_whom_nothing_is_known_yet_cannot_be_told_from_a_strangers(
        self, world: World
    ) -> None:
        await world.hear(world.certificate())
        for path in ("entries", f"entries/{1:032x}"):
            answer = await world.http.get(f"/v1/{path}", headers=world.resident())
            assert (answer.status_code, answer.json()["code"]) == (503, "holder_not_yet_known")
            assert answer.headers["Retry-After"] == "1"
        assert (await world.pull()).json()["code"] == "holder_not_yet_known"
        assert world.documents.kept("accesses") == []

    async def test_of_a_holder_whose_name_was_never_told_is_shown(self, world: World) -> None:
        """Registered before names were told: as it was until then."""
        await world.hear(world.registered(name=None), of(world, STRANGER))
        assert len(await listed(world)) == 1
        assert disputed(world) == []

    async def test_stays_its_holders_when_the_name_changes(self, world: World) -> None:
        await world.hear(world.registered(), world.certificate())
        await world.hear(world.renamed("张晓禾", HOLDER_NAME), of(world, "张晓禾", 2))
        assert len(await listed(world)) == 2
        assert disputed(world) == []

    async def test_under_a_former_name_that_counts_is_its_holders(self, world: World) -> None:
        await world.hear(world.certificate(), world.renamed("张晓禾", HOLDER_NAME))
        assert len(await listed(world)) == 1

    @pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
    async def test_that_fitted_only_the_name_of_a_wrong_registration_is_hidden_in_the_end(
        self, world: World, order: tuple[int, ...]
    ) -> None:
        """The certificate and the registration had the same wrong number; then the right holder signed in."""
        events = (of(world, STRANGER), world.registered(name=STRANGER), world.renamed(HOLDER_NAME))
        for place in order:
            await world.hear(events[place])
        assert await listed(world) == []
        assert disputed(world) == [f"{1:032x}"]

    async def test_that_comes_while_its_holder_is_erased_waits_for_who_registers_next(
        self, world: World
    ) -> None:
        await world.hear(world.registered(), world.erased(version=2), of(world, STRANGER))
        assert [one["audience"] for one in world.said(EntryAdded.type)] == ["partners"]
        await world.hear(world.registered(version=3))
        assert await listed(world) == []

    @pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
    async def test_is_shown_and_told_once_the_authority_has_confirmed_its_name(
        self, world: World, order: tuple[int, ...]
    ) -> None:
        events = (world.certificate(), world.registered(name="欧阳小娘"), world.confirmed(HOLDER_NAME))
        for place in order:
            await world.hear(events[place])
        assert len(await listed(world)) == 1
        assert [one for one in world.said(EntryAdded.type) if one["audience"] is None]

    async def test_is_not_shown_on_the_word_of_another_authority(self, world: World) -> None:
        await world.hear(world.certificate(), world.registered(name="欧阳小娘"))
        await world.hear(world.confirmed(HOLDER_NAME, authority="11420322YM0000003K"))
        assert await listed(world) == []

    async def test_is_shown_when_the_name_at_identity_is_put_right(self, world: World) -> None:
        await world.hear(world.registered(name="欧阳测试良"), world.certificate())
        assert await listed(world) == []
        await world.hear(world.renamed(HOLDER_NAME))
        assert len(await listed(world)) == 1
        assert len(world.said(EntryAdded.type)) == 1

    async def test_that_was_kept_before_a_crash_is_reported_when_it_is_heard_again(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await world.hear(world.registered())
        arrivals = world.space.arrivals

        async def crash(*_: object) -> None:
            raise RuntimeError("the process ends")

        with monkeypatch.context() as patch:
            patch.setattr(type(arrivals.doubts), "report", crash)
            await world.hear(of(world, STRANGER))
        assert disputed(world) == []
        await world.hear(of(world, STRANGER))
        assert disputed(world) == [f"{1:032x}"]
