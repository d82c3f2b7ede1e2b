"""Registering holders and showing codes."""

import asyncio
from datetime import date
from typing import Any

import httpx
import pytest

from services.identity.domain.holders import Holder, is_under_14
from services.identity.handlers.holders import register_from_login
from services.identity.store import HOLDERS
from services.kernel.holders import HolderId
from services.kernel.keys.secrets import read_key
from services.kernel.keys.vault import KEYS
from services.kernel.names import hash_name
from tests.identity.office import ENTERPRISE, NAME, NUMBER, PERSON, SHOP, SHOP_CODE, Json, Office
from tests.identity.unseen import a_world, as_seen, citizen, work_of


class TestRegister:
    async def test_gives_a_person_an_id_and_says_so(self, office: Office) -> None:
        answer = await office.register()
        holder_id = answer.json()["holder_id"]
        assert (answer.status_code, answer.json()["kind"], len(holder_id)) == (200, "person", 26)
        assert await office.said("identity-holder") == [
            {
                "holder_id": holder_id,
                "version": 1,
                "kind": "person",
                "name_hash": hashed(office, holder_id, NAME),
            }
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
        assert (await office.register(PERSON | {"name": "\ue000\U00030ede"})).status_code == 200

    async def test_answers_another_name_alike_and_changes_nothing(
        self, office: Office, caplog: pytest.LogCaptureFixture
    ) -> None:
        first = await office.register()
        answer = await office.register(PERSON | {"name": "王小二"})
        assert as_seen(answer) == as_seen(first)
        assert await name_of(office) == NAME
        assert "registered under another name" in caplog.text
        assert [text for text in (NAME, "王小二", NUMBER) if text in caplog.text] == []

    async def test_answers_known_and_unknown_numbers_alike(self, office: Office) -> None:
        for sequence in range(20):
            first, again = [await office.register(citizen(sequence)) for _ in range(2)]
            assert as_seen(first) == as_seen(again)

    async def test_does_the_same_work_for_known_and_unknown_numbers(self, office: Office) -> None:
        await office.register(citizen(0))
        done = []
        for sequence in (0, 1, 1):
            with work_of(office) as work:
                await office.register(citizen(sequence))
            done.append(work)
        assert done[0] == done[1] == done[2]
        assert done[0].count("write") >= 2

    async def test_registers_once_in_a_race(self, office: Office) -> None:
        answers = await asyncio.gather(*(office.register() for _ in range(10)))
        assert {one.status_code for one in answers} == {200}
        assert len({one.text for one in answers}) == 1
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


def hashed(office: Office, holder_id: str, name: str) -> str:
    return hash_name(read_key(office.keys / "identity" / "name.key"), holder_id, name)


async def name_of(office: Office, holder: Json = PERSON) -> str:
    token = await office.resident(await office.holder_id(holder))
    return str((await office.call("GET", "/v1/me", token)).json()["name"])


class TestRename:
    async def rename(self, office: Office, holder: Json = PERSON, name: str = "欧阳晓苗") -> httpx.Response:
        said = holder | {"name": name, "reason": "户籍更名"}
        token = await office.operator("a001", "authority")
        return await office.call("POST", "/v1/holders:rename", token, json=said)

    async def test_by_an_authority_gives_the_new_name_and_keeps_the_former(self, office: Office) -> None:
        holder_id = await office.holder_id()
        assert (await self.rename(office)).json() == {"accepted": True}
        assert await name_of(office) == "欧阳晓苗"
        export = await office.call("GET", "/v1/me/export", await office.resident(holder_id))
        former = export.json()["profile"]["former_names"]
        assert [(one["name"], one["reason"]) for one in former] == [(NAME, "户籍更名")]

    async def test_keeps_the_last_ten_names_and_no_more(self, office: Office) -> None:
        await office.register()
        for number in range(12):
            await self.rename(office, name=f"欧阳{number}")
        token = await office.resident(await office.holder_id())
        profile = (await office.call("GET", "/v1/me/export", token)).json()["profile"]
        assert [one["name"] for one in profile["former_names"]] == [f"欧阳{one}" for one in range(1, 11)]

    async def test_by_a_system_needs_its_scope(self, office: Office) -> None:
        said = PERSON | {"name": "欧阳晓苗", "reason": "户籍更名"}
        await office.register()
        token = await office.token("front-desk")
        answer = await office.call("POST", "/v1/holders:rename", token, json=said)
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
        await office.put_client("counter", scopes=["holders:state"])
        answer = await office.call("POST", "/v1/holders:rename", await office.token("counter"), json=said)
        assert (answer.status_code, await name_of(office)) == (200, "欧阳晓苗")

    async def test_by_an_operator_needs_the_role(self, office: Office) -> None:
        said = PERSON | {"reason": "户籍更名"}
        for token in (await office.operator(), await office.operator("h001", "hotline")):
            answer = await office.call("POST", "/v1/holders:rename", token, json=said)
            assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")

    async def test_answers_and_works_alike_for_numbers_in_sequence(self, office: Office) -> None:
        await self.rename(office, citizen(99))
        for sequence in range(0, 10, 2):
            await office.register(citizen(sequence))
        seen, done = set(), []
        for sequence in range(10):
            with work_of(office) as work:
                seen.add(repr(as_seen(await self.rename(office, citizen(sequence)))))
            done.append(work)
        assert len(seen) == 1
        assert all(work == done[0] for work in done)


class TestALogIn:
    async def test_registers_and_then_renames(self, office: Office) -> None:
        world = a_world(office)
        first = await register_from_login(world, **PERSON)
        assert (first.version, first.name) == (1, NAME)
        assert await register_from_login(world, **PERSON) == first
        renamed = await register_from_login(world, **PERSON | {"name": "欧阳晓苗"})
        assert (renamed.name, [one.name for one in renamed.former_names]) == ("欧阳晓苗", [NAME])
        assert await name_of(office) == "欧阳晓苗"

    async def test_says_the_new_name_and_the_former_one_and_neither_in_words(self, office: Office) -> None:
        world = a_world(office)
        holder = await register_from_login(world, **PERSON)
        await register_from_login(world, **PERSON | {"name": "欧阳晓苗"})
        assert (await office.said("identity-holder"))[-1] == {
            "holder_id": holder.holder_id,
            "version": 2,
            "name_hash": hashed(office, holder.holder_id, "欧阳晓苗"),
            "former_name_hashes": [hashed(office, holder.holder_id, NAME)],
        }

    async def test_vouches_for_the_name_that_a_machine_registered(self, office: Office) -> None:
        """Once: those who hear may not have heard the name of a holder from before names were said."""
        holder_id = await office.holder_id()
        for _ in range(2):
            await register_from_login(a_world(office), **PERSON)
        said = [one for one in await office.said("identity-holder") if "kind" not in one]
        name = hashed(office, holder_id, NAME)
        assert said == [{"holder_id": holder_id, "version": 2, "name_hash": name, "former_name_hashes": []}]

    async def test_under_another_name_than_a_machine_registered_leaves_that_one_without_a_voice(
        self, office: Office
    ) -> None:
        """It came with the wrong number: what was issued under it is not this holder's."""
        holder_id = await office.holder_id()
        await register_from_login(a_world(office), **PERSON | {"name": "欧阳晓苗"})
        said = (await office.said("identity-holder"))[-1]
        assert said["name_hash"] == hashed(office, holder_id, "欧阳晓苗")
        assert said["former_name_hashes"] == []

    async def test_of_one_person_at_two_places_at_once_registers_once(self, office: Office) -> None:
        world = a_world(office)
        found = await asyncio.gather(*(register_from_login(world, **PERSON) for _ in range(8)))
        assert {one.version for one in found} == {1}
        assert len(await office.said("identity-holder")) == 1

    @pytest.mark.parametrize(
        ("id_type", "number", "today", "under"),
        [
            ("111", "420322201203010011", date(2026, 2, 28), True),
            ("111", "420322201203010011", date(2026, 3, 1), False),
            ("553", "911124201303010024", date(2026, 3, 1), True),
            ("553", "ABC123456789012", date(2026, 3, 1), False),
            ("414", "E12345678", date(2026, 3, 1), False),
            ("551", "810000201202290011", date(2026, 2, 28), True),
            ("551", "810000201202290011", date(2026, 3, 1), False),
        ],
    )
    def test_of_a_child_is_known_by_the_birth_date_of_the_number(
        self, id_type: str, number: str, today: date, *, under: bool
    ) -> None:
        holder = Holder(holder_id=HolderId("A"), kind="person", id_type=id_type, number=number, name="禾苗")
        assert is_under_14(holder, today=today) is under


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
