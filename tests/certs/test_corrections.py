"""Corrections: what was wrong is put right once, and who had it wrongly keeps nothing of it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from services.certs.events import CertificateIssued
from services.certs.handlers import expire_certificates
from services.kernel.store.documents import Collection
from tests.certs.office import BUREAU, HOSPITAL, MARKET, Office, eventually
from tests.certs.test_changes import CASE, change, said
from tests.certs.test_joint_holders import MARRIAGE, a_couple, a_marriage
from tests.certs.test_proof_of_issue import says
from tests.certs.test_renewals import post, renewing, show
from tests.world.people import a_person, a_shop, an_approval

REASON = "录入时身份证件号码有误"


async def correct(
    office: Office,
    certificate_id: str,
    approval: dict[str, Any],
    *,
    sender: str | None = MARKET,
    **order: Any,
) -> httpx.Response:
    body = {"approval": approval, "reason": REASON, "case_number": CASE, "decided_on": "2026-05-06"} | order
    path = f"/v1/certificates/{certificate_id}/corrections"
    return await office.client.post(path, json=body, headers=office.headers(sender))


async def issue(office: Office, approval: dict[str, Any]) -> tuple[str, CertificateIssued]:
    made = await post(office, approval)

    async def told() -> list[CertificateIssued]:
        return [one for one in await office.issued() if one.certificate_id == made["certificate_id"]]

    (event,) = await eventually(told)
    return made["certificate_id"], event


class TestACorrection:
    async def test_is_the_next_edition_made_once_however_often_it_is_sent(self, office: Office) -> None:
        wrong = an_approval(a_shop())
        certificate_id, _ = await issue(office, wrong)
        right = wrong | {"valid_to": "2031-12-31"}
        answers = [await correct(office, certificate_id, right) for _ in range(3)]
        assert [one.status_code for one in answers] == [201, 200, 200]
        shown = answers[0].json()
        assert (shown["valid_to"], shown["state"], shown["version"]) == ("2031-12-31", "valid", 2)
        assert [one["change"] for one in shown["changes"]] == ["correct"]
        assert [one["state"] for one in shown["editions"]] == ["superseded", "valid"]

    async def test_is_said_with_its_reason_to_the_holder_who_stays(self, office: Office) -> None:
        wrong = an_approval(a_shop())
        certificate_id, _ = await issue(office, wrong)
        await correct(office, certificate_id, wrong | {"content": "食品销售（含散装）"})
        _, event = await office.issued(count=2)
        assert (event.change, event.version, event.place) == ("correct", 2, None)
        content = office.open(event)
        assert content["fields"]["content"] == "食品销售（含散装）"
        assert content["order"]["reason"] == REASON

    async def test_lets_repeats_of_the_wrong_and_the_right_approval_find_what_stands(
        self, office: Office
    ) -> None:
        wrong = an_approval(a_shop())
        certificate_id, _ = await issue(office, wrong)
        right = wrong | {"valid_to": "2031-12-31"}
        await correct(office, certificate_id, right)
        stands = (await show(office, certificate_id))["identifier"]
        for again in (wrong, right, wrong):
            assert (await post(office, again, 200))["identifier"] == stands
        assert (await show(office, certificate_id))["valid_to"] == "2031-12-31"

    async def test_keeps_a_suspension_and_an_end(self, office: Office) -> None:
        for move, state in (("suspend", "suspended"), ("revoke", "revoked")):
            wrong = an_approval(a_shop())
            certificate_id, _ = await issue(office, wrong)
            await change(office, certificate_id, move, case_number="1号")
            answer = await correct(office, certificate_id, wrong | {"content": "更正后"})
            assert answer.json()["state"] == state
            assert [one["change"] for one in answer.json()["changes"]] == [move, "correct"]

    async def test_of_a_wrong_last_day_brings_back_what_had_expired_by_it(self, office: Office) -> None:
        wrong = an_approval(a_shop(), valid_from="2020-03-05", decided_on="2020-03-05", valid_to="2025-03-04")
        certificate_id, _ = await issue(office, wrong)
        assert (await show(office, certificate_id))["state"] == "expired"
        answer = await correct(office, certificate_id, wrong | {"valid_to": "2035-03-04"})
        assert answer.json()["state"] == "valid"

    async def test_of_a_wrong_last_day_lifts_no_suspension(self, office: Office) -> None:
        wrong = an_approval(a_shop(), valid_from="2020-03-05", decided_on="2020-03-05")
        certificate_id, _ = await issue(office, wrong)
        await change(office, certificate_id, "suspend", case_number="1号")
        await correct(office, certificate_id, wrong | {"valid_to": "2025-03-04"}, case_number="2号")
        assert [ended async for ended in expire_certificates(office.parts.desk)] == [1]
        answer = await correct(office, certificate_id, wrong, case_number="3号")
        assert answer.json()["state"] == "suspended"
        await change(office, certificate_id, "resume", case_number="4号")
        assert (await show(office, certificate_id))["state"] == "valid"

    async def test_leaves_the_wrong_edition_superseded_for_who_verifies_it(self, office: Office) -> None:
        wrong = an_approval(a_shop())
        certificate_id, event = await issue(office, wrong)
        await correct(office, certificate_id, wrong | {"holder": a_shop()})
        await eventually(says(office, office.open(event)["credential"], "proof_superseded"))

    async def test_can_be_renewed_and_corrected_again(self, office: Office) -> None:
        wrong = an_approval(a_shop())
        certificate_id, _ = await issue(office, wrong)
        right = wrong | {"holder": a_shop()}
        await correct(office, certificate_id, right)
        await post(office, renewing(right))
        third = right | {"holder": a_shop()}
        answer = await correct(office, certificate_id, third, case_number="3号")
        assert [one["edition"] for one in answer.json()["editions"]] == [1, 2, 3, 4]
        places = [one.place for one in await office.issued(count=4)]
        assert places == [None, 1, 1, 2]


class TestAnotherHolder:
    async def test_gets_it_as_issued_and_the_wrong_one_hears_of_a_removal_without_content(
        self, office: Office
    ) -> None:
        wrong = an_approval(a_shop("郧西县误登商行"))
        certificate_id, before = await issue(office, wrong)
        right = wrong | {"holder": a_shop("郧西县真正商行")}
        assert (await correct(office, certificate_id, right)).status_code == 201
        (gone,) = await said(office)
        assert (gone.certificate_id, gone.holder_id, gone.place) == (certificate_id, before.holder_id, None)
        assert (gone.state, gone.change, gone.version) == ("removed", "correct", 2)
        assert (gone.valid_from, gone.valid_to, gone.represents) == (None, None, ())
        content = office.open(gone)  # type: ignore[arg-type]
        assert content["order"]["reason"] == REASON
        assert content["name"] == "食品经营许可证"
        told = json.dumps(content, ensure_ascii=False)
        for secret in ("真正", right["holder"]["id_number"], wrong["certificate_number"], "误登"):
            assert secret not in told
        _, after = await office.issued(count=2)
        assert (after.place, after.version, after.change) == (1, 2, None)
        assert after.holder_id != before.holder_id
        seen = office.open(after)
        assert seen["holder_name"] == "郧西县真正商行"
        assert "order" not in seen
        assert "误登" not in json.dumps(seen, ensure_ascii=False)

    async def test_hears_of_what_follows_and_the_wrong_one_does_not(self, office: Office) -> None:
        wrong = an_approval(a_shop())
        certificate_id, before = await issue(office, wrong)
        await change(office, certificate_id, "suspend", case_number="1号")
        await correct(office, certificate_id, wrong | {"holder": a_shop()})
        # The wrong one's key may be gone by now: the account of changes does not hang on it.
        vault = vars(office.parts.desk.standings)["_vault"]
        await vault.forget(before.holder_id, "record")
        answer = await change(office, certificate_id, "resume", case_number="2号")
        assert [one["change"] for one in answer.json()["changes"]] == ["suspend", "correct", "resume"]
        *_, last = await said(office, count=3)
        assert last.holder_id != before.holder_id
        assert last.place == 1

    async def test_can_be_the_first_one_again(self, office: Office) -> None:
        wrong = an_approval(a_shop())
        certificate_id, before = await issue(office, wrong)
        await correct(office, certificate_id, wrong | {"holder": a_shop()})
        await correct(office, certificate_id, wrong, case_number="2号")
        *_, last = await office.issued(count=3)
        assert (last.holder_id, last.place, last.version) == (before.holder_id, None, 3)
        assert [(one.place, one.state) for one in await said(office, count=2)] == [
            (None, "removed"),
            (1, "removed"),
        ]

    async def test_may_take_the_place_of_one_of_two(self, office: Office) -> None:
        await office.register(BUREAU, source_for={HOSPITAL: [MARRIAGE]})
        await office.register(HOSPITAL, own=[MARRIAGE])
        one, other = a_couple()
        wrong = a_marriage(one, other)
        made = await post(office, wrong)
        right = wrong | {"joint_holders": [a_person("沈清和")]}
        answer = await correct(office, made["certificate_id"], right, sender=HOSPITAL)
        assert answer.status_code == 201, answer.text
        events = (await office.issued(count=4))[2:]
        assert [(each.place, each.change) for each in events] == [(None, "correct"), (2, None)]
        (gone,) = await said(office)
        assert (gone.place, gone.state) == (1, "removed")
        assert (await post(office, a_marriage(one, a_person()), 409))["code"] == "certificate_only_one"
        await post(office, a_marriage(other, a_person()))


class TestWhatIsRefused:
    async def test_is_a_reason_that_names_the_right_holder(self, office: Office) -> None:
        wrong = an_approval(a_shop())
        certificate_id, _ = await issue(office, wrong)
        shop = a_shop("郧西县真正商行")
        right = wrong | {"holder": shop}
        for reason in (f"应为{shop['name']}", f"应为 {shop['id_number'].lower()}"):
            answer = await correct(office, certificate_id, right, reason=reason)
            assert (answer.status_code, answer.json()["code"]) == (422, "correction_names_holder")
            assert shop["name"] not in answer.text

    async def test_is_another_type_or_authority(self, office: Office) -> None:
        wrong = an_approval(a_shop())
        certificate_id, _ = await issue(office, wrong)
        await office.register(
            BUREAU, source_for={MARKET: ["11100000MB9999900G901"], HOSPITAL: ["11100000MB9999900G901"]}
        )
        answer = await correct(office, certificate_id, wrong | {"authority_code": HOSPITAL}, sender=BUREAU)
        assert (answer.status_code, answer.json()["code"]) == (409, "renewal_mismatch")

    async def test_is_a_certificate_that_is_not_the_senders(self, office: Office) -> None:
        wrong = an_approval(a_shop())
        certificate_id, _ = await issue(office, wrong)
        await office.register(HOSPITAL, own=["11100000MB9999900G902"])
        answer = await correct(office, certificate_id, wrong, sender=HOSPITAL)
        assert (answer.status_code, answer.json()["code"]) == (404, "certificate_unknown")

    async def test_is_the_same_case_with_another_approval_or_day(self, office: Office) -> None:
        wrong = an_approval(a_shop())
        certificate_id, _ = await issue(office, wrong)
        right = wrong | {"valid_to": "2031-12-31"}
        await correct(office, certificate_id, right)
        other = right | {"valid_to": "2032-12-31"}
        for answer in (
            await correct(office, certificate_id, other),
            await correct(office, certificate_id, right, decided_on="2026-05-05"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (409, "change_conflict")

    async def test_is_what_stands_as_another_certificate_already(self, office: Office) -> None:
        wrong = an_approval(a_shop())
        right = wrong | {"holder": a_shop()}
        certificate_id, _ = await issue(office, wrong)
        other, _ = await issue(office, right)
        answer = await correct(office, certificate_id, right)
        assert (answer.status_code, answer.json()["code"]) == (409, "correction_taken")
        assert (await show(office, other))["identifier"] in answer.json()["detail"]

    async def test_is_content_that_its_type_refuses(self, office: Office) -> None:
        wrong = an_approval(a_shop())
        certificate_id, _ = await issue(office, wrong)
        answer = await correct(office, certificate_id, wrong | {"certificate_number": "X"})
        assert (answer.status_code, answer.json()["code"]) == (422, "approval_content_wrong")


class TestSeveralAtOnce:
    async def test_of_one_case_make_one_edition(self, office: Office) -> None:
        wrong = an_approval(a_shop())
        certificate_id, _ = await issue(office, wrong)
        right = wrong | {"holder": a_shop()}
        answers = await asyncio.gather(*(correct(office, certificate_id, right) for _ in range(6)))
        assert sorted(one.status_code for one in answers) == [200] * 5 + [201]
        assert len(await said(office)) == 1

    async def test_with_a_revocation_between_end_revoked_for_the_right_holder(self, office: Office) -> None:
        wrong = an_approval(a_shop())
        certificate_id, before = await issue(office, wrong)
        right = wrong | {"holder": a_shop()}
        corrected, revoked = await asyncio.gather(
            correct(office, certificate_id, right),
            change(office, certificate_id, "revoke", case_number="9号"),
        )
        assert (corrected.status_code, revoked.status_code) == (201, 201)
        shown = await show(office, certificate_id)
        assert shown["state"] == "revoked"
        document = vars(office.documents)["_kept"]["certificates"][certificate_id]
        assert document["versions"][-1]["holders"] == [1]
        assert document["holder_ids"][0] == before.holder_id


class TestACertificateOfTheSameApproval:
    """Whether it corrects or is one of its own: whoever is first decides, and the other sees it."""

    @pytest.mark.parametrize(
        ("method", "into"), [("insert_many", "certificate_editions"), ("update", "certificates")]
    )
    async def test_made_while_the_correction_is_written_is_the_only_one(
        self, office: Office, method: str, into: str
    ) -> None:
        wrong = an_approval(a_shop())
        certificate_id, before = await issue(office, wrong)
        right = wrong | {"holder": a_shop()}
        between(office, method, into, lambda: post(office, right))
        answer = await correct(office, certificate_id, right)
        assert (answer.status_code, answer.json()["code"]) == (409, "correction_taken")
        assert (await show(office, certificate_id))["version"] == 1
        first, second = await office.issued(count=2)
        assert (first.certificate_id, first.holder_id) == (certificate_id, before.holder_id)
        assert (second.version, second.place) == (1, None)
        made = await post(office, right, 200)
        assert made["certificate_id"] == second.certificate_id != certificate_id
        assert (await change(office, made["certificate_id"], "revoke")).status_code == 201

    async def test_is_not_made_by_a_first_edition_that_was_about_to_be_written(self, office: Office) -> None:
        wrong = an_approval(a_shop())
        certificate_id, _ = await issue(office, wrong)
        right = wrong | {"holder": a_shop()}
        between(office, "insert_many", "certificates", lambda: correct(office, certificate_id, right))
        assert (await post(office, right, 200))["certificate_id"] == certificate_id
        assert [one.certificate_id for one in await office.issued(count=2)] == [certificate_id] * 2

    @pytest.mark.parametrize("corrected_first", [True, False])
    async def test_is_made_after_a_correction_that_broke_off(
        self, office: Office, *, corrected_first: bool
    ) -> None:
        wrong = an_approval(a_shop())
        certificate_id, _ = await issue(office, wrong)
        right = wrong | {"holder": a_shop()}
        office.wavering.silent_at = ("update certificates", 1)
        assert (await correct(office, certificate_id, right)).status_code == 503
        (claim,) = set(vars(office.documents)["_kept"]["certificates"]) - {certificate_id}
        answer = await office.client.get(f"/v1/certificates/{claim}", headers=office.headers(MARKET))
        assert (answer.status_code, answer.json()["code"]) == (404, "certificate_unknown")
        if corrected_first:
            assert (await correct(office, certificate_id, right)).status_code == 201
            assert (await post(office, right, 200))["certificate_id"] == certificate_id
        else:
            assert (await post(office, right))["certificate_id"] == claim
            assert (await correct(office, certificate_id, right)).status_code == 409


def between(office: Office, method: str, into: str, act: Callable[[], Awaitable[object]]) -> None:
    """Let this happen just before the store is next called so on this collection."""
    call = getattr(office.wavering, method)

    async def hooked(collection: Collection, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - any call
        if collection.name == into:
            delattr(office.wavering, method)
            await act()
        return await call(collection, *arguments, **named)

    setattr(office.wavering, method, hooked)
