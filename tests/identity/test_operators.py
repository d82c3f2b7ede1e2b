"""Members of staff, as the administrator registers them."""

import asyncio
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.identity.log_ins import RESIDENTS, STAFF, put_issuer
from tests.identity.office import ELSEWHERE, HERE, NUMBER, Office
from tests.identity.test_handlers_organisations import said_of

ID = "w001@staff"
CHANGED = "identity.organisation.operator_changed.v1"


async def put(office: Office, operator_id: str = ID, **said: object) -> httpx.Response:
    body = {"organisation": HERE, "roles": []} | said
    return await office.call("PUT", f"/v1/operators/{operator_id}", await office.token("admin"), json=body)


async def ask(office: Office, method: str, operator_id: str = ID) -> httpx.Response:
    return await office.call(method, f"/v1/operators/{operator_id}", await office.token("admin"))


@pytest.fixture
async def bare(bare: Office) -> Office:
    await bare.put_organisation()
    await put_issuer(bare, "staff", STAFF)
    return bare


class TestOperators:
    async def test_registers_one_shows_it_and_says_so(self, bare: Office) -> None:
        answer = await put(bare, roles=["supervisor", "statutory", "statutory"])
        stands: dict[str, Any] = {
            "operator_id": ID,
            "version": 1,
            "organisation": HERE,
            "roles": ["statutory", "supervisor"],
            "removed": False,
        }
        assert (answer.status_code, answer.json()) == (200, stands)
        assert (await ask(bare, "GET")).json() == stands
        assert await said_of(bare, CHANGED) == [stands | {"changed_by": "admin"}]

    async def test_says_nothing_when_nothing_changes(self, bare: Office) -> None:
        await put(bare, roles=["hotline", "registrar"])
        assert (await put(bare, roles=["registrar", "hotline"])).json()["version"] == 1
        assert len(await said_of(bare, CHANGED)) == 1

    async def test_takes_the_roles_and_the_work_from_one_that_is_removed(self, bare: Office) -> None:
        await put(bare, roles=["authority"])
        for _ in range(2):
            removed = (await ask(bare, "DELETE")).json()
            assert (removed["removed"], removed["roles"], removed["version"]) == (True, [], 2)
        assert [one["removed"] for one in await said_of(bare, CHANGED)] == [False, True]

    async def test_takes_one_back_with_the_roles_that_are_said_now(self, bare: Office) -> None:
        await put(bare, roles=["authority"])
        await ask(bare, "DELETE")
        back = (await put(bare)).json()
        assert (back["removed"], back["roles"], back["version"]) == (False, [], 3)

    async def test_moves_one_to_another_organisation(self, bare: Office) -> None:
        await bare.put_organisation(ELSEWHERE)
        await put(bare)
        assert (await put(bare, organisation=ELSEWHERE)).json()["organisation"] == ELSEWHERE

    @pytest.mark.parametrize("method", ["GET", "DELETE"])
    async def test_knows_no_other(self, bare: Office, method: str) -> None:
        answer = await ask(bare, method, "w999@staff")
        assert (answer.status_code, answer.json()["code"]) == (404, "operator_unknown")

    async def test_belong_to_an_organisation_that_is_registered(self, bare: Office) -> None:
        answer = await put(bare, organisation=ELSEWHERE)
        assert (answer.status_code, answer.json()["code"]) == (404, "organisation_unknown")

    async def test_belong_to_an_organisation_that_was_not_removed(self, bare: Office) -> None:
        await bare.call("DELETE", f"/v1/organisations/{HERE}", await bare.token("admin"))
        answer = await put(bare)
        assert (answer.status_code, answer.json()["code"]) == (403, "organisation_removed")

    @pytest.mark.parametrize(
        "operator_id",
        ["w001", "@staff", "w001@", "w001@Staff", "w" * 65 + "@staff"],
    )
    async def test_have_a_staff_id_and_a_log_in(self, bare: Office, operator_id: str) -> None:
        assert (await put(bare, quote(operator_id, safe=""))).json()["code"] == "request_invalid"

    @pytest.mark.parametrize(
        "operator_id",
        ["w001@nowhere", "w001@province", "w001@gone", "张三@staff", "li@gov.cn@staff", "w 1@staff"],
    )
    async def test_are_of_a_log_in_of_operators_and_not_named_by_name(
        self, bare: Office, operator_id: str
    ) -> None:
        """Who could never sign in; and a name or an address would go on topics and into logs."""
        await put_issuer(bare, "province", RESIDENTS)
        await put_issuer(bare, "gone", STAFF, issuer="https://gone.test")
        await bare.call("DELETE", "/v1/issuers/gone", await bare.token("admin"))
        assert (await put(bare, quote(operator_id, safe=""))).json()["code"] == "operator_id_unusable"

    async def test_are_not_numbered_as_citizens_are(self, bare: Office) -> None:
        for number in (NUMBER, NUMBER[:6] + NUMBER[8:17]):
            assert (await put(bare, f"{number}@staff")).json()["code"] == "operator_id_unusable"

    @pytest.mark.parametrize("staff_id", ["0042", "auth0|5f7c", "DOM\\w001", "a+b:c=d~e", "w" * 64])
    async def test_are_numbered_as_their_directory_numbers_them(self, bare: Office, staff_id: str) -> None:
        """Whoever can sign in can be taken off the list."""
        path = quote(f"{staff_id}@staff", safe="")
        assert (await put(bare, path)).json()["operator_id"] == f"{staff_id}@staff"
        assert (await ask(bare, "DELETE", path)).json()["removed"]

    async def test_are_not_brought_back_by_what_a_list_shows(self, bare: Office) -> None:
        await put(bare)
        removed = (await ask(bare, "DELETE")).json()
        assert (await put(bare, **removed)).json()["code"] == "request_invalid"
        assert (await put(bare, **removed | {"removed": False})).json()["version"] == 3

    async def test_have_no_role_but_those_there_are(self, bare: Office) -> None:
        assert (await put(bare, roles=["root"])).json()["code"] == "request_invalid"

    async def test_are_registered_by_an_administrator_alone(self, office: Office) -> None:
        for token in (await office.token("front-desk"), await office.operator("w002", "authority")):
            body = {"organisation": HERE, "roles": ["authority"]}
            answer = await office.call("PUT", "/v1/operators/w002@staff", token, json=body)
            assert answer.status_code == 403

    async def test_that_are_changed_at_the_same_time_lose_no_change(self, bare: Office) -> None:
        sets = [[], ["statutory"], ["supervisor"], ["hotline"], ["authority"], ["registrar"]]
        answers = await asyncio.gather(*(put(bare, roles=roles) for roles in sets))
        assert sorted(one.json()["version"] for one in answers) == [1, 2, 3, 4, 5, 6]

    async def test_that_are_removed_while_they_are_changed_end_as_the_last_version_says(
        self, bare: Office
    ) -> None:
        await put(bare)
        await asyncio.gather(put(bare, roles=["statutory"]), ask(bare, "DELETE"))
        last = (await said_of(bare, CHANGED))[-1]
        stands = (await ask(bare, "GET")).json()
        assert (last["version"], last["removed"]) == (stands["version"], stands["removed"])
        assert stands["version"] == 3
