"""Which log-ins are trusted, and what goes together in one."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.identity.log_ins import PROVINCE, RESIDENTS, STAFF, LogIns, put_issuer
from tests.identity.office import Json, Office


def refused(answer: httpx.Response, code: str, status: int) -> bool:
    return (answer.status_code, answer.json()["code"]) == (status, code)


class TestALogIn:
    async def test_is_shown_as_it_was_registered(self, bare: Office) -> None:
        put = (await put_issuer(bare, "province", RESIDENTS)).json()
        got = (await bare.call("GET", "/v1/issuers/province", await bare.token("admin"))).json()
        assert put == got
        assert got["discovery_url"] == f"{PROVINCE}/.well-known/openid-configuration"
        assert {name: got[name] for name in RESIDENTS} == RESIDENTS
        assert (got["name"], got["version"], got["removed"]) == ("province", 1, False)

    async def test_says_every_change_once(self, bare: Office) -> None:
        for said in (RESIDENTS, RESIDENTS, RESIDENTS | {"least": "face"}):
            await put_issuer(bare, "province", said)
        await bare.call("DELETE", "/v1/issuers/province", await bare.token("admin"))
        await bare.call("DELETE", "/v1/issuers/province", await bare.token("admin"))
        await put_issuer(bare, "province", RESIDENTS)
        heard = [one for one in await bare.said("identity-organisation") if "issuer_name" in one]
        assert [(one["version"], one["removed"]) for one in heard] == [
            (1, False),
            (2, False),
            (3, True),
            (4, False),
        ]
        assert {(one["issuer_name"], one["kind"], one["changed_by"]) for one in heard} == {
            ("province", "resident", "admin")
        }

    async def test_keeps_its_kind_even_when_removed(self, bare: Office) -> None:
        await put_issuer(bare, "province", RESIDENTS)
        assert refused(await put_issuer(bare, "province", STAFF), "issuer_kind_fixed", 409)
        await bare.call("DELETE", "/v1/issuers/province", await bare.token("admin"))
        assert refused(await put_issuer(bare, "province", STAFF), "issuer_kind_fixed", 409)

    async def test_is_the_only_one_with_its_iss(self, bare: Office) -> None:
        """Else one token would be read in two ways."""
        await put_issuer(bare, "province", RESIDENTS)
        assert refused(await put_issuer(bare, "other", RESIDENTS), "issuer_taken", 409)

    async def test_frees_its_iss_when_it_is_removed(self, bare: Office) -> None:
        await put_issuer(bare, "provnice", RESIDENTS)
        await bare.call("DELETE", "/v1/issuers/provnice", await bare.token("admin"))
        assert (await put_issuer(bare, "province", RESIDENTS)).status_code == 200
        assert refused(await put_issuer(bare, "provnice", RESIDENTS), "issuer_taken", 409)

    async def test_leaves_the_kind_of_its_iss_behind(self, bare: Office) -> None:
        """Else a log-in of residents would be one of operators under another name."""
        await put_issuer(bare, "province", RESIDENTS)
        assert refused(await put_issuer(bare, "other", STAFF, issuer=PROVINCE), "issuer_kind_fixed", 409)
        await bare.call("DELETE", "/v1/issuers/province", await bare.token("admin"))
        assert refused(await put_issuer(bare, "other", STAFF, issuer=PROVINCE), "issuer_kind_fixed", 409)

    async def test_leaves_its_kind_behind_when_it_moves(self, bare: Office) -> None:
        await put_issuer(bare, "province", RESIDENTS)
        await put_issuer(bare, "province", RESIDENTS, issuer="https://moved.test")
        assert refused(await put_issuer(bare, "other", STAFF, issuer=PROVINCE), "issuer_kind_fixed", 409)

    async def test_tells_the_trail_all_that_it_is_trusted_with(self, bare: Office) -> None:
        await put_issuer(bare, "province", RESIDENTS)
        (said,) = [one for one in await bare.said("identity-organisation") if "issuer_name" in one]
        for name in ("issuer", "levels", "least"):
            assert said[name] == RESIDENTS[name]
        for name in ("clients", "claims"):
            assert {one["ours"]: one["theirs"] for one in said[name]} == RESIDENTS[name]
        assert {one["theirs"]: one["ours"] for one in said["id_types"]} == RESIDENTS["id_types"]
        assert said["fixed"] == []

    async def test_is_registered_once_however_many_do(self, bare: Office) -> None:
        await bare.token("admin")
        answers = await asyncio.gather(*(put_issuer(bare, "province", RESIDENTS) for _ in range(10)))
        assert {one.status_code for one in answers} == {200}
        assert {one.json()["version"] for one in answers} == {1}

    @pytest.mark.parametrize(
        "change",
        [
            {"issuer": "http://login.province.test"},
            {"issuer": "https://login.province.test?x=1"},
            {"issuer": "https://user@login.province.test"},
            {"issuer": "file:///etc/passwd"},
            {"issuer": ""},
            {"discovery_url": "http://169.254.169.254/latest"},
            {"claims": {"id_type": "a", "id_number": "b", "name": "c"}},
            {"claims": RESIDENTS["claims"] | {"roles": "groups"}},
            {"fixed": {"name": "everybody"}},
            {"fixed": {"assurance": "face"}},
            {"least": "unheard-of"},
            {"least": ""},
            {"levels": []},
            {"levels": ["sms", "sms"]},
        ],
        ids=str,
    )
    async def test_is_refused_where_things_do_not_go_together(self, bare: Office, change: Json) -> None:
        assert refused(await put_issuer(bare, "province", RESIDENTS, **change), "issuer_unusable", 422)

    async def test_never_has_everybody_be_one_person(self, bare: Office) -> None:
        claims = {name: theirs for name, theirs in RESIDENTS["claims"].items() if name != "id_number"}
        answer = await put_issuer(bare, "province", RESIDENTS, claims=claims, fixed={"id_number": "x"})
        assert refused(answer, "issuer_unusable", 422)

    async def test_may_have_constants_for_what_it_does_not_say(self, office: Office) -> None:
        log_ins = LogIns(office)
        await log_ins.open()
        claims = {name: theirs for name, theirs in RESIDENTS["claims"].items() if name != "assurance"}
        changes: Json = {"claims": claims, "fixed": {"assurance": "sms"}}
        assert (await put_issuer(office, "province", RESIDENTS, **changes)).status_code == 200
        await log_ins.resident(acr=None)

    async def test_that_nobody_registered_is_not_found(self, bare: Office) -> None:
        for method in ("GET", "DELETE"):
            answer = await bare.call(method, "/v1/issuers/nobody", await bare.token("admin"))
            assert refused(answer, "issuer_not_registered", 404)

    async def test_is_the_administrators_alone(self, office: Office) -> None:
        await office.put_client("partner", scopes=["events:subscribe"])
        calls: list[tuple[str, Any]] = [("PUT", RESIDENTS), ("GET", None), ("DELETE", None)]
        for method, said in calls:
            for token in (
                await office.token("partner"),
                await office.operator(),
                await office.resident("H" * 26),
            ):
                answer = await office.call(method, "/v1/issuers/province", token, json=said)
                assert answer.status_code == 403


class TestMetadata:
    async def test_says_what_the_token_endpoint_takes(self, bare: Office) -> None:
        answer = await bare.http.get("/.well-known/oauth-authorization-server")
        told = answer.json()
        assert answer.headers["cache-control"] == "public, max-age=300"
        assert told["issuer"] == str(bare.http.base_url).rstrip("/")
        assert told["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
        assert told["token_endpoint_auth_signing_alg_values_supported"] == ["ES256"]
        assert "urn:ietf:params:oauth:grant-type:token-exchange" in told["grant_types_supported"]
        for address in (told["jwks_uri"],):
            assert (await bare.http.get(address)).status_code == 200
        for address in (told["token_endpoint"], told["revocation_endpoint"]):
            assert (await bare.http.post(address, data={})).status_code in {400, 401}
