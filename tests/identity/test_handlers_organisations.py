"""Organisations and clients, as the administrator registers them."""

from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from tests.identity.office import ELSEWHERE, FOOD, HEALTH, HERE, ITEM, OTHER_ITEM, Office

TOPIC = "identity-organisation"


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
        }
        assert (answer.status_code, answer.json()) == (200, stands)
        assert await bare.said(TOPIC) == [stands]

    async def test_says_nothing_when_nothing_changes(self, bare: Office) -> None:
        await bare.put_organisation(items=[ITEM, OTHER_ITEM])
        again = await bare.put_organisation(items=[OTHER_ITEM, ITEM, ITEM])
        assert again.json()["version"] == 1
        assert len(await bare.said(TOPIC)) == 1

    async def test_changes_one_and_says_the_next_version(self, bare: Office) -> None:
        await bare.put_organisation()
        changed = await bare.put_organisation(items=[])
        assert changed.json()["version"] == 2
        assert [(one["version"], one["items"]) for one in await bare.said(TOPIC)] == [(1, [ITEM]), (2, [])]

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
        answer = await bare.put_client("source", scopes=["approvals:write"], vouches_for=["resident"])
        shown = answer.json()
        assert (shown["client_id"], shown["organisation"], shown["scopes"]) == (
            "source",
            HERE,
            ["approvals:write"],
        )
        assert shown["jwks"]["keys"][0]["kid"] == bare.jwk("source")["kid"]
        assert shown["vouches_for"] == ["resident"]

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

    async def test_refuses_to_let_one_vouch_for_both_kinds(self, bare: Office) -> None:
        answer = await bare.put_client("source", vouches_for=["resident", "operator"])
        assert answer.json()["code"] == "request_invalid"

    async def test_keeps_an_administrator_who_was_changed(self, bare: Office) -> None:
        """The start registers the administrator only where there is none."""
        await bare.put_organisation()
        await bare.put_client("admin", scopes=["admin", "holders:write"])
        async with Office(bare.keys, bare.clock, bare.documents, bare.bus) as second:
            answer = await second.ask_as_client(second.assertion("admin"))
        assert answer.json()["scope"] == "admin holders:write"
