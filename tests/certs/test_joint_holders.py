"""Certificates of several holders: each has it whole, and none of them depends on another's key."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.certs.events import CertificateIssued, EntryDisputed
from tests.certs.office import BUREAU, HOSPITAL, Office
from tests.certs.test_changes import change, said
from tests.certs.test_names import decide, hashed, hear, id_of, known_as, pending
from tests.certs.test_renewals import post, show
from tests.world.people import a_person, a_shop, an_approval

MARRIAGE = "111000000000131433001"


@pytest.fixture
async def registry(office: Office) -> Office:
    """An office where marriages are registered."""
    await office.register(BUREAU, source_for={HOSPITAL: [MARRIAGE]})
    await office.register(HOSPITAL, own=[MARRIAGE])
    return office


def a_marriage(one: dict[str, str], other: dict[str, str], **changes: Any) -> dict[str, Any]:
    number = an_approval(one)["certificate_number"][-6:]
    said = an_approval(one, certificate_name="结婚证", certificate_number=f"J420322-2026-{number}")
    said |= {"document_name": "结婚登记", "content": "准予登记", "valid_to": None, "authority_code": HOSPITAL}
    return said | {"joint_holders": [other]} | changes


def a_couple() -> tuple[dict[str, str], dict[str, str]]:
    return a_person("欧阳晓禾"), a_person("林望舒")


async def married(office: Office, *couple: dict[str, str]) -> tuple[str, list[CertificateIssued]]:
    """The certificate's id, and what was said of it."""
    made = await post(office, a_marriage(*couple))
    return made["certificate_id"], await office.issued(count=2)


class TestACertificateOfTwo:
    async def test_is_said_once_for_each_in_the_words_of_each(self, registry: Office) -> None:
        certificate_id, events = await married(registry, *a_couple())
        assert [(one.certificate_id, one.version, one.place) for one in events] == [
            (certificate_id, 1, None),
            (certificate_id, 1, 1),
        ]
        assert len({one.holder_id for one in events}) == 2
        first, second = map(registry.open, events)
        assert (first["holder_name"], second["holder_name"]) == ("欧阳晓禾", "林望舒")
        assert [one["name"] for one in first["joint_holders"]] == ["林望舒"]
        assert [one["name"] for one in second["joint_holders"]] == ["欧阳晓禾"]
        assert first["credential"] == second["credential"]
        assert {"id_number_masked", "id_type", "name"} == set(second["joint_holders"][0])

    async def test_is_the_same_whichever_of_them_is_named_first(self, registry: Office) -> None:
        one, other = a_couple()
        first = a_marriage(one, other)
        made = await post(registry, first)
        turned = first | {"holder": other, "joint_holders": [one]}
        assert await post(registry, turned, 200) == made

    async def test_changes_for_each(self, registry: Office) -> None:
        certificate_id, events = await married(registry, *a_couple())
        await change(registry, certificate_id, "revoke", sender=HOSPITAL)
        told = await said(registry, count=2)
        assert [(one.holder_id, one.place, one.state) for one in told] == [
            (one.holder_id, one.place, "revoked") for one in events
        ]
        names = [registry.open(one)["holder_name"] for one in told]  # type: ignore[arg-type]
        assert names == ["欧阳晓禾", "林望舒"]

    async def test_is_renewed_for_each_at_the_place_that_each_has(self, registry: Office) -> None:
        one, other = a_couple()
        first = a_marriage(one, other)
        made = await post(registry, first)
        events = await registry.issued(count=2)
        again = a_marriage(other, one, renews=first["certificate_number"], certificate_number=None)
        renewed = await post(registry, again)
        assert renewed["certificate_id"] == made["certificate_id"]
        places = {one.holder_id: one.place for one in events}
        later = (await registry.issued(count=4))[2:]
        assert {one.holder_id: one.place for one in later} == places
        alone = a_marriage(one, other, renews=renewed["identifier"]) | {"joint_holders": []}
        problem = await post(registry, alone, 409)
        assert (problem["code"], problem["detail"].split(":")[0]) == ("renewal_mismatch", "holder")

    async def test_that_was_renewed_in_another_order_is_read_and_changed_as_before(
        self, registry: Office
    ) -> None:
        one, other = a_couple()
        first = a_marriage(one, other)
        certificate_id = (await post(registry, first))["certificate_id"]
        await change(registry, certificate_id, "suspend", sender=HOSPITAL, case_number="1号")
        await change(registry, certificate_id, "resume", sender=HOSPITAL, case_number="2号")
        turned = first | {"holder": other, "joint_holders": [one], "renews": first["certificate_number"]}
        await post(registry, turned | {"decided_on": "2026-05-07"})
        standings = registry.parts.desk.standings
        number_key = vars(registry.documents)["_kept"]["certificates"][certificate_id]["number_key"]
        ((found,),) = (await standings.numbered([number_key])).values()
        assert [one.order.change for one in found.moves] == ["suspend", "resume"]
        answer = await change(registry, certificate_id, "revoke", sender=HOSPITAL, case_number="3号")
        assert answer.status_code == 201, answer.text
        shown = await show(registry, certificate_id, sender=HOSPITAL)
        assert [one["change"] for one in shown["changes"]] == ["suspend", "resume", "revoke"]

    async def test_is_the_only_one_of_each(self, registry: Office) -> None:
        one, other = a_couple()
        certificate_id, _ = await married(registry, one, other)
        for pair in ((one, a_person()), (a_person(), other)):
            assert (await post(registry, a_marriage(*pair), 409))["code"] == "certificate_only_one"
        await change(registry, certificate_id, "cancel", sender=HOSPITAL)
        await post(registry, a_marriage(one, a_person()))

    async def test_is_nobodys_in_the_clear(self, registry: Office) -> None:
        await married(registry, *a_couple())
        for name in ("欧阳晓禾", "林望舒"):
            assert name not in registry.everything()


class TestAnErasure:
    @pytest.mark.parametrize("erased", [0, 1])
    async def test_of_one_leaves_the_other_theirs_whole(self, registry: Office, erased: int) -> None:
        certificate_id, events = await married(registry, *a_couple())
        await change(registry, certificate_id, "suspend", sender=HOSPITAL, case_number="1号")
        await said(registry, count=2)
        vault = vars(registry.parts.desk.standings)["_vault"]
        await vault.forget(events[erased].holder_id, "record")
        answer = await change(registry, certificate_id, "resume", sender=HOSPITAL, case_number="2号")
        assert answer.status_code == 201
        told = await said(registry, count=3)
        assert [one.holder_id for one in told[2:]] == [events[1 - erased].holder_id]
        assert registry.open(told[2])["holder_name"] == ("林望舒", "欧阳晓禾")[erased]  # type: ignore[arg-type]
        shown = await show(registry, certificate_id, sender=HOSPITAL)
        assert [one["change"] for one in shown["changes"]] == ["suspend", "resume"]

    async def test_of_both_leaves_nothing_to_tell_and_hinders_no_change(self, registry: Office) -> None:
        certificate_id, events = await married(registry, *a_couple())
        await change(registry, certificate_id, "suspend", sender=HOSPITAL, case_number="1号")
        await said(registry, count=2)
        vault = vars(registry.parts.desk.standings)["_vault"]
        for one in events:
            await vault.forget(one.holder_id, "record")
        answer = await change(registry, certificate_id, "revoke", sender=HOSPITAL, case_number="2号")
        assert (answer.status_code, answer.json()["state"]) == (201, "revoked")
        shown = await show(registry, certificate_id, sender=HOSPITAL)
        assert (shown["state"], shown["version"], shown["changes"]) == ("revoked", 3, [])
        document = vars(registry.documents)["_kept"]["certificates"][certificate_id]
        assert document["ever_off"]
        assert document["moves"][1] == [b"", b""]
        assert document["outbox"] == []
        assert len(await said(registry, count=2)) == 2

    async def test_of_one_who_came_back_with_another_key_leaves_the_other_theirs(
        self, registry: Office
    ) -> None:
        certificate_id, events = await married(registry, *a_couple())
        await change(registry, certificate_id, "suspend", sender=HOSPITAL, case_number="1号")
        vault = vars(registry.parts.desk.standings)["_vault"]
        await vault.forget(events[0].holder_id, "record")
        await vault.keys([events[0].holder_id], "record")
        await change(registry, certificate_id, "resume", sender=HOSPITAL, case_number="2号")
        shown = await show(registry, certificate_id, sender=HOSPITAL)
        assert [one["change"] for one in shown["changes"]] == ["suspend", "resume"]


class TestJointHolders:
    @pytest.mark.parametrize(
        ("others", "got"),
        [([{"name": " "}], "joint_holders.0.name"), ([{}] * 11, "joint_holders: 10 at most")],
    )
    async def test_are_persons_with_names_and_ten_at_most(
        self, registry: Office, others: list[dict[str, str]], got: str
    ) -> None:
        approval = a_marriage(a_person(), a_person(), joint_holders=[a_person() | one for one in others])
        assert got in (await post(registry, approval, 422))["detail"]

    async def test_are_others_than_the_holder(self, registry: Office) -> None:
        one = a_person()
        problem = await post(registry, a_marriage(one, one), 422)
        assert problem["code"] == "approval_content_wrong"
        assert problem["faults"][0]["path"] == "joint_holders"

    async def test_have_numbers_that_can_be_right_and_are_of_the_kind_of_the_type(
        self, registry: Office
    ) -> None:
        wrong = a_person() | {"id_number": "420322199001011234"}
        assert (await post(registry, a_marriage(a_person(), wrong), 422))["code"] == "id_number_invalid"
        problem = await post(registry, a_marriage(a_person(), a_shop()), 422)
        assert problem["code"] == "holder_kind_wrong"

    async def test_are_refused_where_the_type_has_one_holder(self, registry: Office) -> None:
        await registry.register(BUREAU, source_for={HOSPITAL: [MARRIAGE, "11100000MB9999900G901"]})
        approval = an_approval(a_shop(), authority_code=HOSPITAL, joint_holders=[a_shop()])
        problem = await post(registry, approval, 422)
        assert problem["faults"][0]["path"] == "joint_holders"


class TestANameThatIsNotTheNumbers:
    async def test_of_the_second_holder_waits_and_says_whose_it_is(self, registry: Office) -> None:
        one, other = a_couple()
        await known_as(registry, other, "陈星河")
        problem = await post(registry, a_marriage(one, other), 409)
        assert problem["code"] == "holder_name_differs"
        (row,) = (await pending(registry, HOSPITAL))["pending"]
        assert (row["holder_name"], row["id_type"]) == ("林望舒", other["id_type"])
        assert row["id_number_masked"][-2:] == other["id_number"][-2:]

    async def test_of_both_is_asked_about_one_by_one_before_it_is_issued(self, registry: Office) -> None:
        couple = a_couple()
        for each in couple:
            await known_as(registry, each, "陈星河")
        said = a_marriage(*couple)
        pending_id = (await post(registry, said, 409))["pending_id"]
        names = []
        for state in ("waiting", "confirmed"):
            (row,) = (await pending(registry, HOSPITAL))["pending"]
            names.append(row["holder_name"])
            answer = await decide(registry, pending_id, "confirmations", HOSPITAL)
            assert (answer.json()["state"], answer.json()["issued"]) == (state, state == "confirmed")
        assert names == ["欧阳晓禾", "林望舒"]
        assert (await post(registry, said, 200))["certificate_id"] == pending_id
        assert (await pending(registry, HOSPITAL))["pending"] == []

    async def test_disputed_in_the_space_of_the_second_is_confirmed_by_its_own_id(
        self, registry: Office
    ) -> None:
        one, other = a_couple()
        said = a_marriage(one, other)
        made = (await post(registry, said))["certificate_id"]
        await known_as(registry, other, "陈星河")
        dispute = EntryDisputed(
            entry_id=f"{made}-1",
            version=1,
            holder_id=id_of(registry, other),
            certificate_type=MARRIAGE,
            authority=HOSPITAL,
            name_hash=hashed(registry, other, other["name"]),
            disputed_at=datetime(2026, 3, 9, tzinfo=UTC),
        )
        await hear(registry, dispute)
        await post(registry, said, 200)
        (row,) = (await pending(registry, HOSPITAL))["pending"]
        assert (row["pending_id"], row["certificate_id"]) == (f"{made}-1", made)
        assert (row["holder_name"], row["id_type"]) == ("林望舒", other["id_type"])
        answer = await decide(registry, f"{made}-1", "confirmations", HOSPITAL)
        assert (answer.status_code, answer.json()["state"]) == (200, "confirmed")
