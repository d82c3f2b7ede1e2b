"""Use by statutory duty: without the holder's yes, never without law, role, case and a second person."""

import asyncio

import pytest

from services.identity.events import CaseApproved
from services.identity.store import CASES, ITEMS
from services.kernel.event import entry, record
from tests.identity.office import ELSEWHERE, FOOD, HEALTH, HERE, Json, Office, claims_of
from tests.identity.test_consent import mine, told

LAW = "食品安全法第一百一十条"
DAY = "2026-03-01"


@pytest.fixture
async def duty(office: Office) -> Office:
    """The item is done by law, and one of its types is sensitive."""
    await office.publish_item(version=2, basis=LAW)
    await office.publish_type(HEALTH, version=2, sensitive=True)
    await office.until(lambda: (office.kept(ITEMS, office.kept_item()["_id"]) or {})["heard_version"] == 2)
    return office


async def by_duty(office: Office, case_number: str | None = "YX-1", staff: str = "w001") -> Json:
    token = await office.operator(staff, "statutory")
    answer = await office.scan(await office.code(), token=token, mode="statutory", case_number=case_number)
    return dict(answer.json()) | {"status": answer.status_code}


async def report(office: Office, token: str = "", day: str = DAY) -> list[Json]:
    who = token or await office.operator("boss", "supervisor")
    answer = await office.call("GET", "/v1/statutory-scans", who, params={"day": day})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["unmatched"])


async def approved(office: Office, case_id: str = "YX-1", organisation: str = HERE, version: int = 1) -> None:
    said = CaseApproved(case_id=case_id, version=version, organisation=organisation)
    await office.bus.publish([record(entry(said, version=version, at=office.clock.now()))])
    await office.until(lambda: (office.kept(CASES, case_id) or {}).get("heard_version") == version)


class TestAScanByDuty:
    async def test_is_granted_at_once_whatever_is_sensitive_and_says_by_what_law(self, duty: Office) -> None:
        seen = await by_duty(duty)
        said = claims_of(seen["grant"])
        assert (seen["state"], seen["basis"]) == ("granted", "statutory_duty")
        assert (said["basis"], said["mode"], said["case_number"]) == ("statutory_duty", "statutory", "YX-1")
        assert said["certificate_types"] == [FOOD, HEALTH]
        [scan] = (await duty.call("GET", "/v1/me/scans", await mine(duty))).json()["scans"]
        assert (scan["mode"], scan["legal_basis"], scan["case_number"]) == ("statutory", LAW, "YX-1")
        [told_at_once] = await duty.said("identity-scan")
        assert (told_at_once["mode"], told_at_once["state"]) == ("statutory", "granted")

    async def test_needs_the_role_as_the_list_of_staff_has_it_now(self, duty: Office) -> None:
        code = await duty.code()
        said = {"mode": "statutory", "case_number": "YX-1"}
        assert told(await duty.scan(code, token=await duty.operator("w009"), **said)) == (403, "role_missing")
        token = await duty.operator("w001", "statutory")
        assert (await duty.scan(code, token=token, **said)).status_code == 201

    @pytest.mark.parametrize("case_number", [None, "", " ", "\u200b"])
    async def test_needs_a_case_number(self, duty: Office, case_number: str | None) -> None:
        seen = await by_duty(duty, case_number)
        assert (seen["status"], seen["code"]) == (422, "case_number_missing")

    async def test_needs_an_item_that_names_its_law(self, office: Office) -> None:
        seen = await by_duty(office)
        assert (seen["status"], seen["code"]) == (403, "item_not_statutory")

    async def test_has_a_cap_of_its_own_that_counts_no_repeats_and_no_refusals(self, duty: Office) -> None:
        token = await duty.operator("w001", "statutory")
        said = {"token": token, "mode": "statutory", "case_number": "YX-1"}
        for _ in range(49):
            assert (await duty.scan(await duty.code(), **said)).status_code == 201
            duty.clock.forward(seconds=2)
        last = await duty.code()
        said["token"] = await duty.operator("w001", "statutory")
        answers = [await duty.scan(last, **said) for _ in range(5)]
        assert {one.status_code for one in answers} == {201}
        code = await duty.code()
        answer = await duty.scan(code, **said)
        assert told(answer) == (429, "rate_limited")
        assert int(answer.headers["retry-after"]) > 3600
        assert (await duty.scan(code, token=said["token"])).status_code == 201


class TestTheReport:
    async def test_lists_those_whose_case_no_authority_decided(self, duty: Office) -> None:
        await approved(duty, "YX-1")
        await by_duty(duty, "YX-1")
        await by_duty(duty, "YX-2")
        [found] = await report(duty)
        assert (found["case_number"], found["operator"], found["legal_basis"]) == ("YX-2", "w001@staff", LAW)
        assert found["review"] is None
        assert "holder" not in str(found)
        await approved(duty, "YX-2")
        assert await report(duty) == []

    async def test_takes_no_case_of_somebody_elses_for_a_reason(self, duty: Office) -> None:
        await approved(duty, "YX-1", organisation=ELSEWHERE)
        await by_duty(duty, "YX-1")
        assert len(await report(duty)) == 1

    async def test_goes_by_the_day_on_the_wall(self, duty: Office) -> None:
        duty.clock.forward(hours=7, minutes=59)  # 23:59 in China
        await duty.token("front-desk")
        duty._tokens.clear()  # noqa: SLF001 - they have expired
        await by_duty(duty, "YX-1")
        duty.clock.forward(minutes=1)
        await by_duty(duty, "YX-2")
        assert [one["case_number"] for one in await report(duty)] == ["YX-1"]
        assert [one["case_number"] for one in await report(duty, day="2026-03-02")] == ["YX-2"]

    async def test_is_for_supervisors_of_that_organisation_alone(self, duty: Office) -> None:
        await by_duty(duty)
        answer = await duty.call(
            "GET", "/v1/statutory-scans", await duty.operator("w005"), params={"day": DAY}
        )
        assert told(answer) == (403, "role_missing")
        await duty.put_organisation(ELSEWHERE, name="郧西县数据局")
        other = await duty.operator("other", "supervisor", organisation=ELSEWHERE)
        assert await report(duty, other) == []
        answer = await duty.call("GET", "/v1/statutory-scans", other, params={"day": "yesterday"})
        assert told(answer) == (422, "request_invalid")


class TestTheReview:
    async def review(self, office: Office, seen: Json, token: str, finding: str = "misused") -> Json:
        path = f"/v1/statutory-scans/{seen['scan_id']}/review"
        answer = await office.call("POST", path, token, json={"finding": finding})
        return dict(answer.json()) | {"http": answer.status_code}

    async def test_is_written_down_once_by_a_second_person(self, duty: Office) -> None:
        seen, boss = await by_duty(duty), await duty.operator("boss", "supervisor")
        found = await self.review(duty, seen, boss)
        assert (found["http"], found["review"]["finding"]) == (200, "misused")
        assert found["review"]["reviewed_by"] == "boss@staff"
        duty.clock.forward(seconds=60)
        assert await self.review(duty, seen, boss) == found
        assert (await self.review(duty, seen, boss, "in_order"))["code"] == "review_stands"
        [listed] = await report(duty)
        assert listed["review"] == found["review"]

    async def test_is_never_done_by_the_operator_who_scanned(self, duty: Office) -> None:
        token = await duty.operator("both", "statutory", "supervisor")
        code = await duty.code()
        seen = (await duty.scan(code, token=token, mode="statutory", case_number="YX-1")).json()
        found = await self.review(duty, seen, token)
        assert (found["http"], found["code"]) == (403, "second_person_needed")

    async def test_of_two_racing_stands_as_one(self, duty: Office) -> None:
        seen = await by_duty(duty)
        bosses = [await duty.operator(f"boss{number}", "supervisor") for number in range(6)]
        found = await asyncio.gather(*(self.review(duty, seen, boss) for boss in bosses))
        assert sorted(one["http"] for one in found) == [200] + 5 * [409]

    async def test_is_of_scans_by_duty_in_the_own_organisation(self, duty: Office) -> None:
        await duty.publish_type(HEALTH, version=3)
        plain = (await duty.scan(await duty.code())).json()
        boss = await duty.operator("boss", "supervisor")
        assert (await self.review(duty, plain, boss))["code"] == "scan_unknown"
        await duty.put_organisation(ELSEWHERE, name="郧西县数据局")
        other = await duty.operator("other", "supervisor", organisation=ELSEWHERE)
        assert (await self.review(duty, await by_duty(duty, staff="w007"), other))["code"] == "scan_unknown"
