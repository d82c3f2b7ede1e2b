"""A holder disputes an access or asks for a correction, and somebody has to answer in time."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.kernel.errors import Stale
from services.space.store import CASES
from tests.space.uploads import PDF, bring, brought
from tests.space.world import HOLDER, ORGANISATION, OTHER_HOLDER, World

WHY = "我没有办理过这件事"
ANSWER = "系统误操作，已对经办人作出处理"
SUPERVISOR = {"roles": "supervisor"}
ELSEWHERE = "11420322YM0000009X"


async def pulled(world: World) -> str:
    await world.hear(world.certificate())
    access_id: str = (await world.pull()).json()["access_id"]
    return access_id


async def post(
    world: World, path: str, body: object, headers: dict[str, str], key: str = ""
) -> httpx.Response:
    return await world.http.post(
        f"/v1/{path}", json=body, headers=headers | ({"Idempotency-Key": key} if key else {})
    )


async def dispute(world: World, access_id: str, *, key: str = "dispute-01", **more: Any) -> httpx.Response:
    body = {"reason": WHY} | more
    return await post(world, f"accesses/{access_id}/disputes", body, world.resident(), key)


async def answer(world: World, case_id: str, outcome: str = "upheld", **claims: Any) -> httpx.Response:
    headers = world.operator("op-0099", **(SUPERVISOR | claims))
    path = f"organisation/cases/{case_id}/answers"
    return await post(world, path, {"outcome": outcome, "answer": ANSWER}, headers)


async def to_answer(world: World, headers: dict[str, str], **query: str) -> list[dict[str, Any]]:
    found = await world.http.get("/v1/organisation/cases", headers=headers, params=query)
    cases: list[dict[str, Any]] = found.json()["cases"]
    return cases


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


class TestADispute:
    async def test_goes_to_the_organisation_that_asked_and_has_15_days(self, world: World) -> None:
        access_id = await pulled(world)
        opened = (await dispute(world, access_id)).json()
        assert (opened["state"], opened["organisation"], opened["text"]) == ("open", ORGANISATION, WHY)
        assert opened["due_at"] == (world.clock.at + timedelta(days=15)).strftime("%Y-%m-%dT%H:%M:%SZ")
        (seen,) = await to_answer(world, world.operator("op-0099", **SUPERVISOR))
        assert (seen["case_id"], seen["subject_id"], seen["text"]) == (opened["case_id"], access_id, WHY)

    async def test_is_answered_and_the_holder_reads_the_answer(self, world: World) -> None:
        case_id = (await dispute(world, await pulled(world))).json()["case_id"]
        assert (await answer(world, case_id)).status_code == 200
        seen = await world.see(f"cases/{case_id}")
        assert (seen["state"], seen["answer"]) == ("upheld", ANSWER)
        assert [one["case_id"] for one in (await world.see("cases"))["cases"]] == [case_id]
        (closed,) = await to_answer(world, world.operator("op-0099", **SUPERVISOR), state="upheld")
        assert closed["case_id"] == case_id

    async def test_keeps_its_words_when_its_holder_erases_uploads_and_brings_others(
        self, world: World
    ) -> None:
        await dispute(world, await pulled(world))
        await brought(world)
        await world.http.delete("/v1/uploads", headers=world.resident())
        assert (await bring(world, PDF + b"\n", key="another-1")).is_success
        (kept,) = (await world.see("cases"))["cases"]
        assert kept["text"] == WHY

    async def test_of_an_own_upload_is_refused_for_nobody_could_answer(self, world: World) -> None:
        path = f"entries/{await brought(world)}/corrections"
        refused = await post(world, path, {"reason": WHY}, world.resident(), "correct-01")
        assert code(refused) == (409, "entry_not_issued")

    async def test_is_one_however_often_it_is_sent_and_answered_once(self, world: World) -> None:
        access_id = await pulled(world)
        first, second = await dispute(world, access_id), await dispute(world, access_id)
        assert first.json() == second.json()
        case_id = first.json()["case_id"]
        assert (await answer(world, case_id)).json() == (await answer(world, case_id)).json()
        assert code(await answer(world, case_id, "rejected")) == (409, "case_closed")
        assert len(world.said("space.case.changed.v1")) == 2

    async def test_is_not_opened_twice_about_one_access_before_the_answer(self, world: World) -> None:
        access_id = await pulled(world)
        case_id = (await dispute(world, access_id)).json()["case_id"]
        assert code(await dispute(world, access_id, key="dispute-02")) == (409, "case_open_already")
        await answer(world, case_id, "rejected")
        assert (await dispute(world, access_id, key="dispute-02")).status_code == 200

    async def test_is_withdrawn_by_its_holder_alone_and_then_answered_by_nobody(self, world: World) -> None:
        case_id = (await dispute(world, await pulled(world))).json()["case_id"]
        path = f"cases/{case_id}/withdrawal"
        assert code(await post(world, path, None, world.resident(OTHER_HOLDER))) == (404, "case_unknown")
        for _ in range(2):
            assert (await post(world, path, None, world.resident())).json()["state"] == "withdrawn"
        assert code(await answer(world, case_id)) == (409, "case_closed")

    async def test_is_none_for_another_organisation_and_for_who_reviews_nothing(self, world: World) -> None:
        case_id = (await dispute(world, await pulled(world))).json()["case_id"]
        assert code(await answer(world, case_id, organisation=ELSEWHERE)) == (404, "case_unknown")
        assert code(await answer(world, case_id, roles="")) == (403, "role_missing")
        assert await to_answer(world, world.operator(organisation=ELSEWHERE, **SUPERVISOR)) == []

    async def test_of_a_look_up_is_the_platforms_to_answer(self, world: World) -> None:
        admin = world.machine("admin", "cases:answer")
        await world.http.get(f"/v1/holders/{HOLDER}/accesses?reason=complaint", headers=admin)
        (seen,) = (await world.see("accesses"))["accesses"]
        case_id = (await dispute(world, seen["access_id"])).json()["case_id"]
        assert [one["case_id"] for one in await to_answer(world, admin)] == [case_id]

    async def test_that_nobody_answers_in_time_is_shown_as_late_at_once_and_said_once(
        self, world: World
    ) -> None:
        case_id = (await dispute(world, await pulled(world))).json()["case_id"]
        world.clock.at += timedelta(days=15, seconds=1)
        assert (await world.see(f"cases/{case_id}"))["overdue"]
        assert [await world.space.cases.tell_overdue() for _ in range(2)] == [1, 0]
        said = world.said("space.case.changed.v1")
        assert [one["overdue"] for one in said] == [False, True]
        assert (await answer(world, case_id)).json()["state"] == "upheld"
        assert not (await world.see(f"cases/{case_id}"))["overdue"]

    async def test_keeps_what_was_written_from_the_topic_and_from_who_reads_the_store(
        self, world: World
    ) -> None:
        case_id = (await dispute(world, await pulled(world))).json()["case_id"]
        await answer(world, case_id)
        everything = repr(world.documents.kept("cases"))
        assert not any(text in everything for text in (WHY, ANSWER))

    async def test_of_an_erased_holder_stays_without_its_words(self, world: World) -> None:
        case_id = (await dispute(world, await pulled(world))).json()["case_id"]
        await world.vault.forget(HOLDER, "case")
        for _ in range(2):  # and also when the same person came back and has a key again
            found = await world.space.cases.own_one([HOLDER], case_id)
            assert (found.text, found.state) == ("", "open")
            await world.vault.keys([HOLDER], "case")

    async def test_needs_a_reason_and_an_access_of_ones_own(self, world: World) -> None:
        access_id = await pulled(world)
        assert code(await dispute(world, access_id, reason="  "))[0] == 422
        assert code(await dispute(world, "f" * 32)) == (404, "access_unknown")

    async def test_loses_nothing_to_somebody_elses_change_in_between(self, world: World) -> None:
        """Decided on what was read: what changed since is to be read first."""
        case_id = (await dispute(world, await pulled(world))).json()["case_id"]
        read = await world.space.cases.own_one([HOLDER], case_id)
        await answer(world, case_id)
        with pytest.raises(Stale):
            await world.space.cases.cases.keep(read.withdrawn(at=world.clock.at), at=world.clock.at)
        (kept,) = world.documents.kept(CASES.name)
        assert kept["state"] == "upheld"


class TestARequestForCorrection:
    async def test_goes_to_the_authority_that_issued_and_names_what_is_wrong(self, world: World) -> None:
        await world.hear(world.certificate(authority=ELSEWHERE))
        (entry,) = (await world.see("entries"))["entries"]
        body = {"reason": "地址写错了", "fields": ["fields.address"]}
        path = f"entries/{entry['entry_id']}/corrections"
        opened = await post(world, path, body, world.resident(), "correct-01")
        assert (opened.json()["kind"], opened.json()["organisation"]) == ("correction", ELSEWHERE)
        headers = world.machine("cases:answer", organisation=ELSEWHERE)
        (seen,) = await to_answer(world, headers)
        assert (seen["fields"], seen["subject_id"]) == (["fields.address"], entry["entry_id"])
        done = await post(
            world,
            f"organisation/cases/{seen['case_id']}/answers",
            {"outcome": "upheld", "answer": "已更正"},
            headers,
        )
        assert done.json()["state"] == "upheld"

    async def test_of_another_holders_entry_is_refused_as_if_there_were_none(self, world: World) -> None:
        await world.hear(world.certificate(holder=OTHER_HOLDER))
        path, body = f"entries/{1:032x}/corrections", {"reason": "x"}
        assert code(await post(world, path, body, world.resident(), "correct-01")) == (404, "entry_unknown")
