"""Organisations and clients, as the administrator registers them."""

import asyncio
import base64
import json
from itertools import combinations
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from services.identity.domain.clients import SCOPES
from tests.identity.office import ELSEWHERE, FOOD, HEALTH, HERE, ITEM, OTHER_ITEM, Office

TOPIC = "identity-organisation"
REGISTERED = "identity.organisation.registered.v1"
CLIENT_CHANGED = "identity.organisation.client_changed.v1"


def thumbprint(jwk: dict[str, Any]) -> str:
    """As another library has it, in hex."""
    return base64.urlsafe_b64decode(ECKey.import_key(jwk).thumbprint() + "=").hex()


async def said_of(office: Office, kind: str) -> list[dict[str, Any]]:
    """The bodies of one type; what is said of the administrator's first client is left out."""
    await office.service.relay.drained()
    told = [one for one in office.bus.topics[TOPIC] if one.header("ce_type") == kind]
    return [json.loads(one.value) for one in told if one.key != "admin"]


class TestOrganisations:
    async def test_registers_one_and_says_so(self, bare: Office) -> None:
        sources = [{"authority": ELSEWHERE, "certificate_types": [HEALTH]}]
        answer = await bare.put_organisation(source_for=sources)
        stands = {
            "organisation": HERE,
            "version": 1,
            "name": "郧西县市场监督管理局",
            "certificate_types": [FOOD],
            "source_for": sources,
            "items": [ITEM],
            "may_ask_for": [FOOD, HEALTH],
            "removed": False,
        }
        unheard_of = {"not_published": sorted([ITEM, FOOD, HEALTH])}
        assert (answer.status_code, answer.json()) == (200, stands | unheard_of)
        assert await said_of(bare, REGISTERED) == [stands | {"changed_by": "admin"}]

    async def test_says_nothing_when_nothing_changes(self, bare: Office) -> None:
        await bare.put_organisation(items=[ITEM, OTHER_ITEM])
        again = await bare.put_organisation(items=[OTHER_ITEM, ITEM, ITEM], may_ask_for=[HEALTH, FOOD, FOOD])
        assert again.json()["version"] == 1
        assert len(await said_of(bare, REGISTERED)) == 1

    async def test_changes_one_and_says_the_next_version(self, bare: Office) -> None:
        await bare.put_organisation()
        changed = await bare.put_organisation(items=[])
        assert changed.json()["version"] == 2
        told = await said_of(bare, REGISTERED)
        assert [(one["version"], one["items"]) for one in told] == [(1, [ITEM]), (2, [])]

    async def test_may_ask_for_nothing_that_was_not_said(self, bare: Office) -> None:
        body = {"name": "县数据局", "certificate_types": [], "source_for": [], "items": []}
        path = f"/v1/organisations/{ELSEWHERE}"
        answer = await bare.call("PUT", path, await bare.token("admin"), json=body)
        assert answer.json()["may_ask_for"] == []

    async def test_takes_every_right_from_one_that_is_removed(self, bare: Office) -> None:
        """Also for a listener that has never heard of removal: nothing is left that it could let it do."""
        await bare.put_organisation(source_for=[{"authority": ELSEWHERE, "certificate_types": [HEALTH]}])
        removed = await bare.call("DELETE", f"/v1/organisations/{HERE}", await bare.token("admin"))
        said = (await said_of(bare, REGISTERED))[-1]
        for stands in (removed.json(), said):
            assert (stands["removed"], stands["version"], stands["name"]) == (True, 2, "郧西县市场监督管理局")
            assert not any(
                stands[right] for right in ("certificate_types", "source_for", "items", "may_ask_for")
            )

    async def test_removes_one_once(self, bare: Office) -> None:
        await bare.put_organisation()
        for _ in range(2):
            removed = await bare.call("DELETE", f"/v1/organisations/{HERE}", await bare.token("admin"))
            assert (removed.status_code, removed.json()["version"]) == (200, 2)
        assert len(await said_of(bare, REGISTERED)) == 2

    async def test_shows_one_that_was_removed(self, bare: Office) -> None:
        await bare.put_organisation()
        await bare.call("DELETE", f"/v1/organisations/{HERE}", await bare.token("admin"))
        shown = await bare.call("GET", f"/v1/organisations/{HERE}", await bare.token("admin"))
        assert shown.json()["removed"] is True

    async def test_takes_one_back_that_was_removed(self, bare: Office) -> None:
        await bare.put_organisation()
        await bare.call("DELETE", f"/v1/organisations/{HERE}", await bare.token("admin"))
        back = (await bare.put_organisation()).json()
        assert (back["removed"], back["version"], back["items"]) == (False, 3, [ITEM])

    async def test_refuses_to_remove_one_that_is_not_registered(self, bare: Office) -> None:
        answer = await bare.call("DELETE", f"/v1/organisations/{ELSEWHERE}", await bare.token("admin"))
        assert (answer.status_code, answer.json()["code"]) == (404, "organisation_unknown")

    async def test_refuses_to_remove_the_administrators_own(self, bare: Office) -> None:
        await bare.put_organisation()
        await bare.put_client("admin", scopes=["admin"])
        token = (await bare.ask_as_client(bare.assertion("admin"))).json()["access_token"]
        answer = await bare.call("DELETE", f"/v1/organisations/{HERE}", token)
        assert (answer.status_code, answer.json()["code"]) == (409, "locks_itself_out")

    async def test_takes_changes_at_the_same_time_one_after_the_other(self, bare: Office) -> None:
        """No administrator is told to try again; each change is a version of its own, none is lost."""
        names = [f"郧西县第{number}所" for number in range(8)]
        answers = await asyncio.gather(*(bare.put_organisation(name=name) for name in names))
        assert sorted(one.json()["version"] for one in answers) == list(range(1, 9))
        told = await said_of(bare, REGISTERED)
        assert [one["version"] for one in told] == list(range(1, 9))
        assert {one["name"] for one in told} == set(names)

    async def test_shows_one_as_it_stands(self, bare: Office) -> None:
        put = await bare.put_organisation()
        shown = await bare.call("GET", f"/v1/organisations/{HERE}", await bare.token("admin"))
        assert shown.json() == put.json()

    async def test_refuses_to_show_one_that_is_not_registered(self, bare: Office) -> None:
        answer = await bare.call("GET", f"/v1/organisations/{ELSEWHERE}", await bare.token("admin"))
        assert (answer.status_code, answer.json()["code"]) == (404, "organisation_unknown")

    @pytest.mark.parametrize("code", [HERE[:-1] + "0", "郧西", "1" * 70])
    async def test_refuses_a_credit_code_that_cannot_be(self, bare: Office, code: str) -> None:
        answer = await bare.put_organisation(code)
        assert (answer.status_code, answer.json()["code"]) == (422, "id_number_invalid")

    async def test_refuses_a_source_for_an_authority_that_cannot_be(self, bare: Office) -> None:
        sources = [{"authority": HERE[:-1] + "0", "certificate_types": []}]
        answer = await bare.put_organisation(source_for=sources)
        assert answer.json()["code"] == "id_number_invalid"

    @pytest.mark.parametrize("name", ["", "  ", "\u3000"])
    async def test_refuses_one_without_a_name(self, bare: Office, name: str) -> None:
        assert (await bare.put_organisation(name=name)).json()["code"] == "name_missing"

    @pytest.mark.parametrize("said", [{"name": "长" * 201}, {"certificate_types": ["x"]}, {"items": [""]}])
    async def test_refuses_what_is_too_long_or_misshapen(self, bare: Office, said: dict[str, Any]) -> None:
        assert (await bare.put_organisation(**said)).json()["code"] == "request_invalid"

    async def test_lets_only_an_administrator_in(self, office: Office) -> None:
        answer = await office.call("GET", f"/v1/organisations/{HERE}", await office.token("front-desk"))
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


def other_kinds() -> list[dict[str, Any]]:
    """Another curve, another family, and a secret."""
    p384 = ECKey.generate_key("P-384", {"kid": "k1"}).as_dict(private=False)
    rsa = RSAKey.generate_key(2048, {"kid": "k1"}).as_dict(private=False)
    return [dict(p384), dict(rsa), dict(OctKey.generate_key(256, {"kid": "k1"}).as_dict())]


class TestClients:
    async def test_registers_one_and_shows_it(self, bare: Office) -> None:
        await bare.put_organisation()
        answer = await bare.put_client("source", scopes=["approvals:write"])
        shown = answer.json()
        assert (shown["client_id"], shown["organisation"], shown["scopes"]) == (
            "source",
            HERE,
            ["approvals:write"],
        )
        assert shown["jwks"]["keys"][0]["kid"] == bare.jwk("source")["kid"]
        assert (shown["version"], shown["removed"]) == (1, False)
        again = await bare.call("GET", "/v1/clients/source", await bare.token("admin"))
        assert again.json() == shown

    async def test_says_who_changed_what_and_under_which_keys(self, bare: Office) -> None:
        await bare.put_organisation()
        await bare.put_client("source", scopes=["approvals:write"])
        await bare.put_client("source", scopes=["approvals:write"])
        public = {name: value for name, value in bare.jwk("partner").items() if name != "d"}
        await bare.put_client("source", jwks={"keys": [public]}, scopes=["approvals:write"])
        first, second = await said_of(bare, CLIENT_CHANGED)
        assert first == {
            "client_id": "source",
            "version": 1,
            "organisation": HERE,
            "scopes": ["approvals:write"],
            "removed": False,
            "changed_by": "admin",
            "key_ids": [bare.jwk("source")["kid"]],
            "key_thumbprints": [thumbprint(bare.jwk("source"))],
        }
        changed = {
            "key_ids": [bare.jwk("partner")["kid"]],
            "key_thumbprints": [thumbprint(bare.jwk("partner"))],
        }
        assert second == first | {"version": 2} | changed

    async def test_lets_one_that_was_removed_sign_in_no_more(self, bare: Office) -> None:
        await bare.put_organisation()
        await bare.put_client("source")
        for _ in range(2):
            removed = await bare.call("DELETE", "/v1/clients/source", await bare.token("admin"))
            assert (removed.json()["removed"], removed.json()["version"]) == (True, 2)
        answer = await bare.ask_as_client(bare.assertion("source"))
        assert answer.status_code == 401
        assert (await bare.put_client("source")).json()["version"] == 3
        assert (await bare.ask_as_client(bare.assertion("source"))).status_code == 200

    @pytest.mark.parametrize("method", ["GET", "DELETE"])
    async def test_knows_no_other(self, bare: Office, method: str) -> None:
        answer = await bare.call(method, "/v1/clients/nobody", await bare.token("admin"))
        assert (answer.status_code, answer.json()["code"]) == (404, "client_not_registered")

    async def test_refuses_one_of_an_organisation_that_was_removed(self, bare: Office) -> None:
        await bare.put_organisation()
        await bare.call("DELETE", f"/v1/organisations/{HERE}", await bare.token("admin"))
        assert (await bare.put_client("source")).json()["code"] == "organisation_removed"

    async def test_keeps_an_administrator_from_locking_itself_out(self, bare: Office) -> None:
        await bare.put_organisation()
        for answer in (
            await bare.put_client("admin", scopes=["holders:write"]),
            await bare.call("DELETE", "/v1/clients/admin", await bare.token("admin")),
        ):
            assert (answer.status_code, answer.json()["code"]) == (409, "locks_itself_out")

    async def test_takes_changes_at_the_same_time_one_after_the_other(self, bare: Office) -> None:
        await bare.put_organisation()
        scopes = [list(some) for size in (1, 2) for some in combinations(sorted(SCOPES), size)][:8]
        answers = await asyncio.gather(*(bare.put_client("source", scopes=one) for one in scopes))
        assert sorted(one.json()["version"] for one in answers) == list(range(1, 9))

    async def test_that_has_a_scope_of_the_past_can_be_removed(self, bare: Office) -> None:
        await bare.put_organisation()
        await bare.put_client("source", scopes=["approvals:write"])
        bare.documents._kept["clients"]["source"]["scopes"] = ["types:read"]  # noqa: SLF001
        removed = await bare.call("DELETE", "/v1/clients/source", await bare.token("admin"))
        assert removed.json()["removed"] is True

    async def test_have_no_scope_but_those_there_are(self, bare: Office) -> None:
        await bare.put_organisation()
        answer = await bare.put_client("source", scopes=["approvals:write", "aprovals:write"])
        assert (answer.status_code, answer.json()["code"]) == (422, "scope_unknown")

    async def test_forgets_the_key_that_was_replaced(self, bare: Office) -> None:
        await bare.put_organisation()
        await bare.put_client("source")
        public = {name: value for name, value in bare.jwk("partner").items() if name != "d"}
        await bare.put_client("source", jwks={"keys": [public]})
        answer = await bare.ask_as_client(bare.assertion("source"))
        assert answer.json()["code"] == "client_assertion_rejected"

    async def test_refuses_one_of_an_organisation_that_is_not_registered(self, bare: Office) -> None:
        assert (await bare.put_client("source")).json()["code"] == "organisation_unknown"

    async def test_refuses_a_private_key(self, bare: Office) -> None:
        answer = await bare.put_client("source", jwks={"keys": [bare.jwk("source")]})
        assert (answer.status_code, answer.json()["code"]) == (422, "client_key_unusable")

    async def test_refuses_keys_of_another_kind(self, bare: Office) -> None:
        nowhere = {"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA", "kid": "k1"}
        nameless = {k: v for k, v in bare.jwk("source").items() if k not in {"d", "kid"}}
        for key in [*other_kinds(), nowhere, nameless, {}, {"kty": 1, "kid": None}]:
            answer = await bare.put_client("source", jwks={"keys": [key]})
            assert answer.json()["code"] == "client_key_unusable", key

    async def test_keeps_an_administrator_who_was_changed(self, bare: Office) -> None:
        """The start registers the administrator only where there is none."""
        await bare.put_organisation()
        await bare.put_client("admin", scopes=["admin", "holders:write"])
        async with Office(bare.keys, bare.clock, bare.documents, bare.bus) as second:
            answer = await second.ask_as_client(second.assertion("admin"))
        assert answer.json()["scope"] == "admin holders:write"
