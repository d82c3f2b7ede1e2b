"""Registering holders and showing codes."""

import asyncio
from typing import Any

import pytest

from services.identity.store import HOLDERS
from services.kernel.keys.vault import KEYS
from tests.identity.office import ENTERPRISE, NAME, NUMBER, PERSON, SHOP, SHOP_CODE, Json, Office


class TestRegister:
    async def test_gives_a_person_an_id_and_says_so(self, office: Office) -> None:
        answer = await office.register()
        holder_id = answer.json()["holder_id"]
        assert (answer.status_code, answer.json()["kind"], len(holder_id)) == (201, "person", 26)
        assert await office.said("identity-holder") == [
            {"holder_id": holder_id, "version": 1, "kind": "person"}
        ]

    async def test_gives_an_enterprise_one_too(self, office: Office) -> None:
        assert (await office.register(ENTERPRISE)).json()["kind"] == "organisation"

    async def test_changes_and_says_nothing_the_second_time(self, office: Office) -> None:
        first = await office.register()
        again = await office.register(PERSON | {"id_number": f" {NUMBER.lower()} ", "name": NAME + " "})
        assert (again.status_code, again.json()) == (200, first.json())
        assert len(await office.said("identity-holder")) == 1

    async def test_takes_the_middle_dot_of_a_name_in_any_form(self, office: Office) -> None:
        await office.register(PERSON | {"name": "阿依古丽·买买提"})
        assert (await office.register(PERSON | {"name": "阿依古丽•买买提"})).status_code == 200

    async def test_takes_a_name_of_rare_characters_that_have_no_code_yet(self, office: Office) -> None:
        assert (await office.register(PERSON | {"name": "\ue000\U00030ede"})).status_code == 201

    async def test_refuses_the_same_number_under_another_name(self, office: Office) -> None:
        await office.register()
        answer = await office.register(PERSON | {"name": "王小二"})
        assert (answer.status_code, answer.json()["code"]) == (409, "holder_name_differs")
        assert NAME not in answer.text

    async def test_registers_once_in_a_race(self, office: Office) -> None:
        answers = await asyncio.gather(*(office.register() for _ in range(10)))
        assert sorted(one.status_code for one in answers) == [200] * 9 + [201]
        assert len(await office.said("identity-holder")) == 1

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"id_number": NUMBER[:-1] + ("0" if NUMBER[-1] != "0" else "1")}, "id_number_invalid"),
            ({"id_type": "777"}, "id_type_unknown"),
            ({"id_type": "001", "id_number": "00000000000000000X"}, "holder_code_placeholder"),
            ({"name": "  "}, "name_missing"),
            ({"name": "\u200b\x00"}, "name_missing"),
            ({"name": "长" * 201}, "request_invalid"),
            ({"name": "\ud800"}, "request_invalid"),
            ({"name": None}, "request_invalid"),
        ],
    )
    async def test_refuses_what_cannot_be(self, office: Office, changes: Json, code: str) -> None:
        answer = await office.register(PERSON | changes)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert NUMBER not in answer.text

    async def test_refuses_a_key_that_stood_for_another_holder(self, office: Office) -> None:
        await office.register(key="first-visit")
        answer = await office.register(ENTERPRISE, key="first-visit")
        assert answer.json()["code"] == "idempotency_key_reused"

    async def test_refuses_a_machine_without_the_scope(self, office: Office) -> None:
        answer = await office.call("POST", "/v1/holders", await office.token("counter"), json=PERSON)
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")

    async def test_keeps_nothing_personal_in_the_clear(self, office: Office) -> None:
        for holder in (PERSON, ENTERPRISE):
            await office.register(holder)
        records = [one for topic in office.bus.topics.values() for one in topic]
        everything = repr(office.documents._kept) + repr(records)  # noqa: SLF001
        assert not [text for text in (NAME, NUMBER, SHOP, SHOP_CODE) if text in everything]

    async def test_cannot_show_a_holder_whose_profile_was_erased(self, office: Office) -> None:
        code = await office.code()
        holder_id = await office.holder_id()
        await office.documents.delete(KEYS, f"{holder_id}:own")
        async with Office(office.keys, office.clock, office.documents, office.bus) as second:
            answer = await second.scan(code)
        assert (answer.status_code, answer.json()["code"]) == (410, "content_erased")


class TestShowCode:
    @pytest.mark.parametrize(("holder", "kind"), [(PERSON, "person"), (ENTERPRISE, "enterprise")])
    async def test_gives_a_code_of_the_holders_kind(self, office: Office, holder: Json, kind: str) -> None:
        token = await office.resident(await office.holder_id(holder))
        shown = (await office.call("POST", "/v1/codes", token)).json()
        assert (shown["kind"], shown["expires_at"]) == (kind, "2026-03-01T08:01:00Z")
        assert shown["code"].startswith("YM1:")

    async def test_writes_nothing(self, office: Office) -> None:
        token = await office.resident(await office.holder_id())
        await office.said("identity-holder")
        before = repr(office.documents._kept)  # noqa: SLF001
        await office.call("POST", "/v1/codes", token)
        assert repr(office.documents._kept) == before  # noqa: SLF001

    async def test_is_refused_to_a_holder_who_is_not_there_any_more(self, office: Office) -> None:
        holder_id = await office.holder_id()
        token = await office.resident(holder_id)
        await office.documents.delete(HOLDERS, holder_id)
        answer = await office.call("POST", "/v1/codes", token)
        assert (answer.status_code, answer.json()["code"]) == (404, "holder_unknown")

    @pytest.mark.parametrize("who", ["operator", "machine"])
    async def test_is_for_residents(self, office: Office, who: str) -> None:
        tokens: dict[str, Any] = {"operator": office.operator(), "machine": office.token("front-desk")}
        token = await tokens.pop(who)
        tokens.popitem()[1].close()
        answer = await office.call("POST", "/v1/codes", token)
        assert (answer.status_code, answer.json()["code"]) == (403, "caller_kind_wrong")
