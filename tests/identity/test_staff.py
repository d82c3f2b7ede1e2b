"""Who is at work at a counter: the store says so at each request, whatever the token says."""

from collections.abc import Mapping

import pytest

from tests.identity.log_ins import STAFF, put_issuer
from tests.identity.office import ELSEWHERE, HERE, ITEM, NUMBER, PERSON, Json, Office
from tests.identity.unseen import passport

SCAN = "0" * 32
WHOSE = {"id_type": "111", "id_number": NUMBER}
NOTICE = WHOSE | {"reason": "手机丢失", "checked": "电话核实"}
USE = {"code": "YM1:A", "item": ITEM, "purpose": "乘车优待", "used_at": "2026-03-01T08:00:00Z"}
OTHER = {"id_type": "414", "id_number": "E00000001"}
ADDRESSES: Mapping[str, Json] = {
    "POST /v1/holders:rename": PERSON | {"reason": "改名"},
    "POST /v1/holders:freeze": NOTICE,
    "POST /v1/holders:unfreeze": NOTICE,
    "POST /v1/holders:close": NOTICE | {"state": "deceased"},
    "POST /v1/holders:link": {"primary": PERSON, "alias": passport(1), "checked": "两证原件"},
    "POST /v1/offline-uses": {"uses": [USE]},
    "POST /v1/paper-codes": PERSON | {"checked": "身份证原件"},
    "POST /v1/paper-codes:revoke": WHOSE,
    "POST /v1/mandates:checked": {
        "principal": OTHER,
        "agent": WHOSE,
        "role": "heir",
        "checked": "公证书",
    },
    "POST /v1/scans": {"code": "YM1:A", "item": ITEM, "purpose": "办理变更"},
    "GET /v1/scans/{scan_id}": {},
    "GET /v1/scans/{scan_id}/events": {},
    "GET /v1/statutory-scans": {},
    "POST /v1/statutory-scans/{scan_id}/review": {"finding": "in_order"},
}
ROLES = ("registrar", "authority", "supervisor")


async def asked(office: Office, token: str, address: str) -> str:
    """The reason of the refusal; empty for an answer."""
    method, _, path = address.partition(" ")
    path = path.replace("{scan_id}", SCAN)
    params = {"day": "2026-03-01"} if path == "/v1/statutory-scans" else {}
    said: Json = {"json": ADDRESSES[address]} if method == "POST" else {}
    answer = await office.call(method, path, token, params=params, **said)
    return str(answer.json()["code"]) if answer.is_error else ""


async def test_these_are_all_addresses_for_operators(office: Office) -> None:
    """Where a token is needed, and one of an operator is not refused for its kind."""
    token, found = await office.operator("s001", *ROLES), set()
    documented: Json = office.service.http().openapi()["paths"]
    for path, method in ((path, one.upper()) for path, some in documented.items() for one in some):
        there = path.replace("{scan_id}", SCAN)
        if (await office.http.request(method, there)).status_code == 401:
            answer = await office.call(method, there, token)
            if not answer.is_error or answer.json()["code"] != "caller_kind_wrong":
                found.add(f"{method} {path}")
    assert found == set(ADDRESSES)


@pytest.mark.parametrize("address", ADDRESSES)
class TestNobodyActs:
    async def test_for_an_organisation_that_was_removed(self, office: Office, address: str) -> None:
        token = await office.operator("s001", *ROLES)
        assert await asked(office, token, address) not in {"organisation_removed", "operator_removed"}
        await office.call("DELETE", f"/v1/organisations/{HERE}", await office.token("admin"))
        assert await asked(office, token, address) == "organisation_removed"
        await office.put_organisation()
        assert await asked(office, token, address) != "organisation_removed"

    async def test_for_one_that_was_never_registered(self, office: Office, address: str) -> None:
        token = await office.operator("s001", *ROLES, organisation=ELSEWHERE)
        assert await asked(office, token, address) == "organisation_removed"

    async def test_for_the_one_left_for_another(self, office: Office, address: str) -> None:
        """The roles of today at the counter of yesterday are nobody's."""
        token = await office.operator("s001", *ROLES)
        await office.put_organisation(ELSEWHERE, items=[], certificate_types=[])
        await put_issuer(office, "staff", STAFF)
        said = {"organisation": ELSEWHERE, "roles": list(ROLES)}
        await office.call("PUT", "/v1/operators/s001@staff", await office.token("admin"), json=said)
        assert await asked(office, token, address) == "operator_removed"

    async def test_who_was_taken_off_the_list(self, office: Office, address: str) -> None:
        token = await office.operator("s001", *ROLES)
        await office.remove_operator("s001")
        assert await asked(office, token, address) == "operator_removed"
