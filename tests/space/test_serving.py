"""A match tells of every need how it is met, counts the trips saved, and is on the holder's record."""

from datetime import date
from typing import Any

import pytest

from services.kernel.reasons import reasons
from services.kernel.store.documents import DatabaseUnavailable
from tests.space.test_counter import records, told
from tests.space.test_parts import HOME, REGISTER, SCHOOL
from tests.space.world import FOOD, HYGIENE, World

# (result, reason, source) by need.
Told = dict[str, tuple[str, str | None, str | None]]


def served(matched: dict[str, Any]) -> Told:
    return {one["need"]: (one["result"], one["reason"], one["source"]) for one in matched["needs"]}


class TestANeed:
    async def test_is_met_by_the_space_by_sharing_or_must_be_brought(self, world: World) -> None:
        await world.hear(world.certificate(1))
        matched = (await world.match()).json()
        assert served(matched) == {
            "food_licence": ("have", None, "郧西县市场监督管理局"),
            "hygiene_licence": ("bring", "certificate_missing", None),
            "premises": ("shared", "need_shared", "不动产登记信息系统"),
            "application": ("bring", "need_to_bring", None),
        }
        assert (matched["exempt"], matched["to_bring"]) == ({"certificate": 1, "shared": 1, "issued": 0}, 2)
        assert [one["next_step_zh"] for one in matched["needs"]][2] == reasons()["need_shared"].next_zh

    async def test_that_government_issued_is_got_from_there(self, world: World) -> None:
        grant = world.grant(item="11420322YM0000005R4422014051001", certificate_types=[])
        matched = (await world.match(grant=grant)).json()
        assert served(matched)["insured_staff"] == (
            "issued",
            "need_from_issuer",
            "郧西县人力资源和社会保障局",
        )
        assert matched["exempt"]["issued"] == 1
        # The organisation may not ask for the type, so of the space nothing is told.
        assert served(matched)["resources_licence"] == ("bring", "certificate_type_not_granted", None)

    @pytest.mark.parametrize(
        ("kept", "reason"),
        [
            ({"valid_to": date(2026, 3, 8)}, "certificate_expired"),
            ({"valid_from": date(2026, 3, 10)}, "certificate_not_yet_valid"),
            ({"state": "suspended"}, "certificate_suspended"),
            ({"state": "superseded"}, "certificate_superseded"),
            ({"state": "withdrawn"}, "certificate_withdrawn"),
            ({"state": "revoked"}, "certificate_revoked"),
            ({"state": "cancelled"}, "certificate_cancelled"),
            ({"state": "of_a_later_release"}, "certificate_not_valid"),
        ],
    )
    async def test_says_in_which_state_a_certificate_is_that_does_not_serve(
        self, world: World, kept: dict[str, Any], reason: str
    ) -> None:
        await world.hear(world.certificate(1, **kept))
        matched = (await world.match()).json()
        assert served(matched)["food_licence"] == ("bring", reason, "郧西县市场监督管理局")
        assert reasons()[reason].next_en == matched["needs"][0]["next_step_en"]

    async def test_is_spared_when_another_stands_for_it(self, world: World) -> None:
        grant = world.grant(item=SCHOOL, certificate_types=[REGISTER, HOME])
        matched = (await world.match(grant=grant)).json()
        assert served(matched)["own_home"] == ("spared", "need_served_by_other", None)
        assert served(matched)["rented_home"][0] == "shared"
        await world.hear(world.certificate(1, certificate_type=HOME))
        matched = (await world.match(grant=grant)).json()
        assert (served(matched)["own_home"][0], served(matched)["rented_home"][0]) == ("have", "spared")
        assert (matched["exempt"], matched["to_bring"]) == ({"certificate": 1, "shared": 1, "issued": 0}, 1)

    async def test_that_was_asked_for_is_alone_told_of(self, world: World) -> None:
        matched = (await world.match(certificate_types=[HYGIENE])).json()
        assert (list(served(matched)), len(matched["matches"])) == (["hygiene_licence"], 1)
        matched = (await world.match(needs=[{"need": "food_licence"}])).json()
        assert [one["certificate_type"] for one in matched["matches"]] == [FOOD]

    async def test_says_which_fields_and_what_question_and_never_what_is_in_them(self, world: World) -> None:
        await world.hear(world.certificate(1, certificate_type=REGISTER))
        grant = world.grant(item=SCHOOL, certificate_types=[REGISTER])
        (need, *_) = (await world.match(grant=grant)).json()["needs"]
        assert (need["form"], "fields.address" in need["fields"]) == ("fields", True)
        assert need["entry_ids"] == [f"{1:032x}"]


class TestTheRecord:
    async def test_has_every_match_before_it_is_answered(self, world: World) -> None:
        matched = (await world.match()).json()
        await world.match()
        page = (await world.see("accesses"))["accesses"]
        assert [(one["action"], one["outcome"]) for one in page] == [("match", "matched")] * 2
        assert (page[1]["access_id"], page[1]["certificate_types"]) == (matched["access_id"], [FOOD, HYGIENE])
        world.documents.failing["accesses"] = DatabaseUnavailable("gone")
        assert told(await world.match()) == (503, "database_unavailable")

    async def test_of_a_match_is_there_to_be_looked_up_and_disturbs_nobody(self, world: World) -> None:
        await world.match()
        assert world.said("space.access.recorded.v1") == []

    async def test_of_a_refused_match_is_told(self, world: World) -> None:
        await world.match(grant=world.grant(operator="op-0099"))
        assert await records(world) == [("refused", "grant_other_operator")]
        (said,) = world.said("space.access.recorded.v1")
        assert (said["action"], said["outcome"]) == ("match", "refused")

    async def test_from_before_there_were_matches_is_of_a_pull(self, world: World) -> None:
        await world.hear(world.certificate())
        await world.pull()
        (kept,) = world.documents.kept("accesses")
        del kept["action"], kept["uses"]
        (record,) = (await world.see("accesses"))["accesses"]
        assert (record["action"], record["uses"]) == ("pull", [])


class TestAnItem:
    async def test_that_is_not_in_the_registry_yet_is_waited_for(self, new_world: World) -> None:
        """Never guessed: what it needs would be all that the grant names."""
        await new_world.hear(new_world.certificate())
        for answer in (await new_world.match(), await new_world.pull()):
            assert told(answer) == (503, "item_not_yet_known")
            assert answer.headers["Retry-After"]
