"""Signing in with the log-in of a province or of a directory."""

import asyncio
import json
import warnings
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest

from deploy.local.issuer import Issuer
from services.identity.domain.mandates import Mandate
from services.identity.store import HOLDERS, MANDATES, OPERATORS, KeptMandates
from services.kernel.check_digits import mod_11_2
from services.kernel.keys.published import http_jwks
from tests.identity.log_ins import RESIDENTS, STAFF, LogIns, issuer_at, put_issuer
from tests.identity.office import (
    ACCESS_TOKEN,
    ELSEWHERE,
    HERE,
    NUMBER,
    PERSON,
    SHOP_CODE,
    Json,
    Office,
    claims_of,
)

with warnings.catch_warnings():  # its own library warns of its next version
    warnings.simplefilter("ignore")
    import oidc_provider_mock  # type: ignore[import-untyped]


def refused(answer: httpx.Response, code: str, status: int = 401) -> bool:
    return (answer.status_code, answer.json()["code"]) == (status, code)


def number_of(birth: str) -> str:
    return f"420322{birth}102" + mod_11_2(f"420322{birth}102")


PRINCIPAL = number_of("19800101")


@pytest.fixture
async def log_ins(office: Office) -> LogIns:
    opened = LogIns(office)
    await opened.open()
    return opened


async def freeze(office: Office, number: str = NUMBER) -> None:
    """At a counter."""
    said = {"id_type": "111", "id_number": number, "reason": "手机丢失", "checked": "证件"}
    answer = await office.call("POST", "/v1/holders:freeze", await office.operator("w9"), json=said)
    assert answer.status_code == 200, answer.text


async def close(office: Office, number: str = NUMBER) -> None:
    """By the authority."""
    said = {"id_type": "111", "id_number": number, "reason": "死亡", "checked": "证明", "state": "deceased"}
    token = await office.operator("w8", "authority")
    answer = await office.call("POST", "/v1/holders:close", token, json=said)
    assert answer.status_code == 200, answer.text


class TestResidents:
    async def test_get_our_own_token_for_ten_minutes_and_one_to_go_on_with(self, log_ins: LogIns) -> None:
        answer = await log_ins.office.exchange("portal", log_ins.of_resident())
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        told = answer.json()
        assert (told["token_type"], told["expires_in"], told["issued_token_type"]) == (
            "Bearer",
            600,
            ACCESS_TOKEN,
        )
        said = claims_of(told["access_token"])
        assert (said["kind"], said["client_id"], said["holder_ids"]) == ("resident", "portal", [said["sub"]])
        assert "scope" not in {name for name, value in said.items() if value}
        assert told["refresh_token"].count(".") == 1

    async def test_are_registered_at_the_first_and_found_again_at_the_next(self, log_ins: LogIns) -> None:
        first, again = [claims_of((await log_ins.resident())["access_token"])["sub"] for _ in range(2)]
        assert first == again == await log_ins.office.holder_id()
        assert log_ins.office.kept(HOLDERS, first) is not None

    async def test_show_a_code_right_away(self, log_ins: LogIns) -> None:
        token = (await log_ins.resident())["access_token"]
        assert (await log_ins.office.call("POST", "/v1/codes", token)).status_code == 200

    async def test_sign_in_once_with_one_id_token_however_many_come(self, log_ins: LogIns) -> None:
        token = log_ins.of_resident()
        answers = await asyncio.gather(*(log_ins.office.exchange("portal", token) for _ in range(10)))
        assert sorted(one.status_code for one in answers) == [200] + 9 * [401]
        assert {one.json().get("code") for one in answers} == {None, "id_token_used"}

    async def test_are_refused_below_the_level_that_is_needed(self, log_ins: LogIns) -> None:
        office = log_ins.office
        for level in ("password", "unheard-of"):
            answer = await office.exchange("portal", log_ins.of_resident(acr=level))
            assert refused(answer, "assurance_too_low", 403)
        assert (await office.exchange("portal", log_ins.of_resident(acr="sms"))).status_code == 200

    @pytest.mark.parametrize(
        "changes",
        [
            {"acr": None},
            {"cert_no": None},
            {"cert_no": ""},
            {"cert_no": ["x"]},
            {"cert_no": "420322199002151021"},
            {"cert_type": "社保卡"},
            {"cert_type": None},
            {"real_name": None},
            {"real_name": "x" * 201},
            {"real_name": {"first": "x"}},
            {"sub": None},
        ],
        ids=str,
    )
    async def test_are_refused_where_a_claim_is_missing_or_odd(self, log_ins: LogIns, changes: Json) -> None:
        answer = await log_ins.office.exchange("portal", log_ins.of_resident(**changes))
        assert refused(answer, "id_token_rejected")
        assert not log_ins.office.documents._kept.get("holders")  # noqa: SLF001 - nobody was registered

    async def test_are_refused_before_the_id_token_is_used_up(self, log_ins: LogIns) -> None:
        """Registered too strictly by the administrator: the token serves once that is put right."""
        office, token = log_ins.office, log_ins.of_resident(acr="password")
        assert refused(await office.exchange("portal", token), "assurance_too_low", 403)
        await put_issuer(office, "province", RESIDENTS, least="password")
        assert (await office.exchange("portal", token)).status_code == 200

    @pytest.mark.parametrize("age", [-301 - 5, 6])
    async def test_are_refused_with_an_old_id_token_or_one_of_tomorrow(
        self, log_ins: LogIns, age: int
    ) -> None:
        made = log_ins.office.clock.now().timestamp() + age
        assert refused(
            await log_ins.office.exchange("portal", log_ins.of_resident(at=made, exp=made + 900)),
            "id_token_rejected",
        )

    async def test_are_refused_with_an_id_token_that_has_ended(self, log_ins: LogIns) -> None:
        now = int(log_ins.office.clock.now().timestamp())
        answer = await log_ins.office.exchange("portal", log_ins.of_resident(iat=now - 60, exp=now - 6))
        assert refused(answer, "id_token_rejected")

    async def test_may_bring_one_that_ends_with_the_calendar(self, log_ins: LogIns) -> None:
        """The last second of the year 9999: a log-in's way to say never."""
        await log_ins.resident(exp=253_402_300_799)

    @pytest.mark.parametrize(
        ("audience", "more"),
        [
            ("elsewhere", {}),
            (["elsewhere"], {}),
            (["yima-portal", "elsewhere"], {}),
            (["yima-portal", "elsewhere"], {"azp": "elsewhere"}),
            ("yima-portal", {"azp": "elsewhere"}),
            ([], {}),
            ("portal", {}),
            ("yima-desk", {}),
        ],
    )
    async def test_are_refused_with_an_id_token_for_another_client(
        self, log_ins: LogIns, audience: str | list[str], more: Json
    ) -> None:
        answer = await log_ins.office.exchange("portal", log_ins.of_resident(audience=audience, **more))
        assert refused(answer, "id_token_rejected")

    @pytest.mark.parametrize(
        ("audience", "more"),
        [
            (["yima-portal"], {}),
            ("yima-portal", {"azp": "yima-portal"}),
            (["elsewhere", "yima-portal"], {"azp": "yima-portal"}),
        ],
    )
    async def test_may_bring_one_for_several_if_this_client_is_the_party(
        self, log_ins: LogIns, audience: str | list[str], more: Json
    ) -> None:
        answer = await log_ins.office.exchange("portal", log_ins.of_resident(audience=audience, **more))
        assert answer.status_code == 200

    async def test_are_refused_by_a_client_that_is_not_registered_there(self, log_ins: LogIns) -> None:
        answer = await log_ins.office.exchange("counter", log_ins.of_resident())
        assert refused(answer, "issuer_not_for_client", 403)

    async def test_are_refused_from_a_log_in_that_nobody_registered(self, log_ins: LogIns) -> None:
        for url in ("https://login.province.test.evil.test", "https://login.province.tes", "x"):
            stranger = issuer_at(url, "ES256")
            now = log_ins.office.clock.now().timestamp()
            answer = await log_ins.office.exchange(
                "portal", stranger.id_token(audience="yima-portal", at=now)
            )
            assert refused(answer, "issuer_unknown")

    async def test_under_fourteen_are_sent_to_a_guardian_and_not_registered(self, log_ins: LogIns) -> None:
        office = log_ins.office
        child, of_age = number_of("20120302"), number_of("20120301")
        answer = await office.exchange("portal", log_ins.of_resident(cert_no=child))
        assert refused(answer, "guardian_needed", 403)
        assert not office.documents._kept.get("holders")  # noqa: SLF001
        assert (await office.exchange("portal", log_ins.of_resident(cert_no=of_age))).status_code == 200

    async def test_may_be_enterprises(self, log_ins: LogIns) -> None:
        told = await log_ins.resident(cert_type="营业执照", cert_no=SHOP_CODE, real_name="七夕食品商行")
        assert claims_of(told["access_token"])["kind"] == "resident"

    async def test_who_are_frozen_may_sign_in_to_thaw(self, log_ins: LogIns) -> None:
        await log_ins.office.holder_id()
        await freeze(log_ins.office)
        token = (await log_ins.resident())["access_token"]
        assert refused(await log_ins.office.call("POST", "/v1/codes", token), "holder_frozen", 403)

    async def test_who_are_no_more_sign_in_no_more(self, log_ins: LogIns) -> None:
        await log_ins.office.holder_id()
        await close(log_ins.office)
        token, before = log_ins.of_resident(real_name="别的名字"), deepcopy(log_ins.office.documents._kept)  # noqa: SLF001
        for _ in range(2):
            assert refused(await log_ins.office.exchange("portal", token), "holder_ended", 410)
        kept = log_ins.office.documents._kept  # noqa: SLF001
        for name in ("holders", "linkages", "used_assertions"):
            left = [one for one in kept.get(name, {}) if one not in before.get(name, {})]
            assert all("id token" not in one for one in left), "it was used up"
        assert kept["holders"] == before["holders"], "nobody is renamed"

    async def test_ask_for_no_scope(self, log_ins: LogIns) -> None:
        answer = await log_ins.office.exchange("portal", log_ins.of_resident(), scope="admin")
        assert refused(answer, "scope_not_allowed", 403)


class TestOperators:
    async def test_are_put_on_the_list_with_the_roles_that_the_directory_says(self, log_ins: LogIns) -> None:
        said = claims_of((await log_ins.operator())["access_token"])
        assert (said["kind"], said["sub"], said["organisation"]) == ("operator", "w001@staff", HERE)
        assert (said["counter"], said["roles"]) == ("3号窗口", "statutory")
        kept = log_ins.office.kept(OPERATORS, "w001@staff")
        assert kept is not None
        assert (kept["roles"], kept["version"]) == (["statutory"], 1)
        await log_ins.operator()
        again = log_ins.office.kept(OPERATORS, "w001@staff")
        assert again is not None
        assert again["version"] == 1

    async def test_lose_a_role_with_the_directory(self, log_ins: LogIns) -> None:
        await log_ins.operator()
        assert "roles" not in claims_of((await log_ins.operator(groups=None))["access_token"])

    async def test_keep_the_roles_registered_here_where_the_directory_says_none(
        self, log_ins: LogIns
    ) -> None:
        office = log_ins.office
        await office.operator("w001", "hotline")
        said = {"kind": "operator", "issuer": log_ins.directory.url, "clients": {"counter": "yima-counter"}}
        await put_issuer(office, "staff", said, claims={"staff_id": "uid", "organisation": "org"})
        claims = claims_of((await log_ins.operator())["access_token"])
        assert (claims["roles"], "counter" in claims) == ("hotline", False)

    async def test_take_no_role_with_them_into_another_organisation(self, log_ins: LogIns) -> None:
        """An administrator gave it for the one where they were."""
        office = log_ins.office
        await office.put_organisation(ELSEWHERE, items=[], certificate_types=[])
        claims = {name: theirs for name, theirs in STAFF["claims"].items() if name != "roles"}
        await put_issuer(office, "staff", STAFF, claims=claims)
        listed = {"organisation": HERE, "roles": ["authority", "statutory"]}
        await office.call("PUT", "/v1/operators/w001@staff", await office.token("admin"), json=listed)
        for organisation, roles in ((HERE, "authority statutory"), (ELSEWHERE, None), (HERE, None)):
            said = claims_of((await log_ins.operator(org=organisation))["access_token"])
            assert (said["organisation"], said.get("roles")) == (organisation, roles)

    async def test_who_were_removed_are_refused(self, log_ins: LogIns) -> None:
        office = log_ins.office
        await log_ins.operator()
        kept = office.documents._kept["operators"]["w001@staff"]  # noqa: SLF001
        kept["removed"] = True
        answer = await office.exchange("counter", log_ins.of_staff())
        assert refused(answer, "operator_removed", 403)

    async def test_of_an_organisation_that_is_not_registered_are_refused(self, log_ins: LogIns) -> None:
        answer = await log_ins.office.exchange("counter", log_ins.of_staff(org="11420322MB0A00002F"))
        assert refused(answer, "organisation_unknown", 404)

    @pytest.mark.parametrize(
        "changes",
        [
            *({"uid": None}, {"uid": " "}, {"uid": "a\nb"}, {"groups": [1]}, {"groups": {"a": 1}}),
            *({"window": ["A1"]}, {"window": {"a": 1}}, {"window": []}, {"window": True}),
        ],
        ids=str,
    )
    async def test_are_refused_where_a_claim_is_odd(self, log_ins: LogIns, changes: Json) -> None:
        answer = await log_ins.office.exchange("counter", log_ins.of_staff(**changes))
        assert refused(answer, "id_token_rejected")

    async def test_never_come_from_a_log_in_of_residents(self, log_ins: LogIns) -> None:
        claims = {"uid": "w001", "org": HERE, "kind": "operator", "roles": ["authority"]}
        told = await log_ins.resident(**claims)
        said = claims_of(told["access_token"])
        assert (said["kind"], "organisation" in said, "roles" in said) == ("resident", False, False)


class TestKeysOfALogIn:
    async def test_are_fetched_once_for_many_sign_ins(self, log_ins: LogIns) -> None:
        await asyncio.gather(*(log_ins.resident() for _ in range(5)))
        assert len(log_ins.office.fetched) == 2  # discovery and keys

    async def test_that_are_new_are_fetched_and_that_are_gone_serve_no_more(self, office: Office) -> None:
        log_ins = LogIns(office)
        log_ins.province = Issuer(log_ins.province.url, algorithm="ES256")
        await log_ins.open()
        before = log_ins.of_resident()
        await log_ins.resident()
        log_ins.province.rotate()
        office.web |= log_ins.province.documents
        office.clock.forward(seconds=10)
        await log_ins.resident()
        assert refused(await office.exchange("portal", before), "id_token_rejected")

    async def test_are_asked_for_at_most_once_in_ten_seconds(self, log_ins: LogIns) -> None:
        office, stranger = log_ins.office, Issuer(log_ins.province.url, algorithm="ES256")
        await log_ins.resident()
        for _ in range(5):
            forged = stranger.id_token(audience="yima-portal", at=office.clock.now().timestamp())
            assert refused(await office.exchange("portal", forged), "id_token_rejected")
        assert len(office.fetched) == 2
        office.clock.forward(seconds=10)
        assert refused(await office.exchange("portal", forged), "id_token_rejected")
        assert len(office.fetched) == 4

    async def test_that_cannot_be_fetched_are_not_called_forged(self, log_ins: LogIns) -> None:
        office = log_ins.office
        published = dict(office.web)
        office.web.clear()
        token = log_ins.of_resident()
        for _ in range(2):
            answer = await office.exchange("portal", token)
            assert refused(answer, "key_unknown", 503)
            assert answer.json()["error"] == "temporarily_unavailable"
        office.web |= published
        office.clock.forward(seconds=10)
        assert (await office.exchange("portal", token)).status_code == 200

    @pytest.mark.parametrize(
        "change",
        [
            {"issuer": "https://elsewhere.test"},
            {"jwks_uri": None},
            {"jwks_uri": "http://elsewhere.test/jwks"},
        ],
    )
    async def test_are_not_taken_from_another_issuers_discovery(self, log_ins: LogIns, change: Json) -> None:
        address = f"{log_ins.province.url}/.well-known/openid-configuration"
        log_ins.office.web[address] = dict(log_ins.office.web[address]) | change
        answer = await log_ins.office.exchange("portal", log_ins.of_resident())
        assert refused(answer, "key_unknown", 503)

    async def test_serve_the_algorithms_that_are_theirs(self, office: Office) -> None:
        for algorithm in ("RS256", "PS256", "ES256"):
            log_ins = LogIns(office)
            log_ins.province = issuer_at(log_ins.province.url, algorithm)
            await log_ins.open()
            office.clock.forward(seconds=11)
            await log_ins.resident()


class TestActingForAnother:
    async def mandate(self, log_ins: LogIns, **changes: Any) -> tuple[str, str, str]:
        """The agent's token, the principal's id and the mandate's id."""
        office = log_ins.office
        told = await log_ins.resident()
        agent = claims_of(told["access_token"])["sub"]
        principal = await office.holder_id(PERSON | {"id_number": PRINCIPAL})
        kept = KeptMandates(office.documents, office.aggregates(MANDATES))
        given: Json = {
            "mandate_id": "M" * 26,
            "principal": principal,
            "agent": agent,
            "role": "legal_representative",
            "state": "open",
            "changed_at": office.clock.now(),
        }
        await kept.add(Mandate(**given | changes))
        return told["access_token"], principal, "M" * 26

    async def test_gives_a_token_whose_subject_is_the_other(self, log_ins: LogIns) -> None:
        token, principal, mandate_id = await self.mandate(log_ins)
        answer = await log_ins.office.exchange("portal", token, ACCESS_TOKEN, mandate_id=mandate_id)
        said = claims_of(answer.json()["access_token"])
        assert (said["sub"], said["holder_ids"], said["kind"]) == (principal, [principal], "resident")
        assert (said["act"], said["mandate_id"]) == ({"sub": claims_of(token)["sub"]}, mandate_id)
        assert (said["exp"] - said["iat"], "refresh_token" in answer.json()) == (600, False)

    async def test_in_some_items_alone_makes_an_agent(self, log_ins: LogIns) -> None:
        token, _, mandate_id = await self.mandate(log_ins, role="helper", items=("a",))
        answer = await log_ins.office.exchange("portal", token, ACCESS_TOKEN, mandate_id=mandate_id)
        assert claims_of(answer.json()["access_token"])["kind"] == "agent"

    @pytest.mark.parametrize(
        ("changes", "code", "status"),
        [
            ({"state": "offered"}, "mandate_ended", 410),
            ({"state": "ended"}, "mandate_ended", 410),
            ({"agent": "A" * 26}, "mandate_unknown", 404),
            ({"mandate_id": "N" * 26}, "mandate_unknown", 404),
        ],
    )
    async def test_needs_an_open_mandate_of_ones_own(
        self, log_ins: LogIns, changes: Json, code: str, status: int
    ) -> None:
        token, _, mandate_id = await self.mandate(log_ins, **changes)
        answer = await log_ins.office.exchange("portal", token, ACCESS_TOKEN, mandate_id=mandate_id)
        assert refused(answer, code, status)

    async def test_ends_with_the_mandates_time(self, log_ins: LogIns) -> None:
        until = log_ins.office.clock.now() + timedelta(seconds=30)
        token, _, mandate_id = await self.mandate(log_ins, until=until)
        log_ins.office.clock.forward(seconds=30)
        answer = await log_ins.office.exchange("portal", token, ACCESS_TOKEN, mandate_id=mandate_id)
        assert refused(answer, "mandate_ended", 410)

    async def test_is_refused_while_the_other_is_frozen(self, log_ins: LogIns) -> None:
        token, _, mandate_id = await self.mandate(log_ins)
        await freeze(log_ins.office, PRINCIPAL)
        answer = await log_ins.office.exchange("portal", token, ACCESS_TOKEN, mandate_id=mandate_id)
        assert refused(answer, "holder_frozen", 403)

    async def test_who_has_come_of_age_is_no_parents_matter(self, log_ins: LogIns) -> None:
        token, _, mandate_id = await self.mandate(log_ins, role="guardian")
        answer = await log_ins.office.exchange("portal", token, ACCESS_TOKEN, mandate_id=mandate_id)
        assert refused(answer, "mandate_ended", 410)

    @pytest.mark.parametrize(("role", "status"), [("heir", 200), ("liquidator", 200), ("guardian", 410)])
    async def test_for_who_is_no_more_is_an_heirs(self, log_ins: LogIns, role: str, status: int) -> None:
        token, _, mandate_id = await self.mandate(log_ins, role=role)
        await close(log_ins.office, PRINCIPAL)
        answer = await log_ins.office.exchange("portal", token, ACCESS_TOKEN, mandate_id=mandate_id)
        assert answer.status_code == status

    @pytest.mark.parametrize("role", ["heir", "liquidator"])
    async def test_for_the_living_is_no_heirs(self, log_ins: LogIns, role: str) -> None:
        token, _, mandate_id = await self.mandate(log_ins, role=role)
        answer = await log_ins.office.exchange("portal", token, ACCESS_TOKEN, mandate_id=mandate_id)
        assert refused(answer, "holder_not_ended", 409)
        await freeze(log_ins.office, PRINCIPAL)
        answer = await log_ins.office.exchange("portal", token, ACCESS_TOKEN, mandate_id=mandate_id)
        assert refused(answer, "holder_not_ended", 409)

    async def test_does_not_chain_and_is_nobody_elses(self, log_ins: LogIns) -> None:
        token, _, mandate_id = await self.mandate(log_ins)
        office = log_ins.office
        acting = (await office.exchange("portal", token, ACCESS_TOKEN, mandate_id=mandate_id)).json()
        for brought, client in (
            (acting["access_token"], "portal"),  # two at once
            (token, "front-desk"),  # given to another client
            (await office.operator(), "counter"),
            (await office.token("portal"), "portal"),
        ):
            answer = await office.exchange(client, brought, ACCESS_TOKEN, mandate_id=mandate_id)
            assert refused(answer, "token_rejected"), client


class TestARealProvider:
    """oidc-provider-mock speaks OpenID Connect over HTTP; the time is the machine's."""

    @pytest.mark.filterwarnings("default")  # its own library warns of its next version
    async def test_signs_a_resident_in_by_the_authorization_code_flow(self, bare: Office) -> None:
        office = bare
        office.clock.at = datetime.now(UTC)
        await office.open_counter()
        with oidc_provider_mock.run_server_in_thread(port=0) as server:
            url = f"http://localhost:{server.server_port}"
            claims = {
                "id_type": "111",
                "id_number": number_of("19900215"),
                "level": "face",
                "title": "秦小禾",
            }
            token = await _logged_in(url, "u1", claims)
            for path in ("/.well-known/openid-configuration", "/jwks"):
                office.web[url + path] = await http_jwks(url + path)()
            await office.put_client("portal")
            said = {
                "kind": "resident",
                "issuer": url,
                "clients": {"portal": "yima-portal"},
                "claims": {
                    "id_type": "id_type",
                    "id_number": "id_number",
                    "name": "title",
                    "assurance": "level",
                },
                "levels": ["face"],
                "least": "face",
            }
            assert (await put_issuer(office, "province", said)).status_code == 200
            office.clock.at = datetime.now(UTC)
            answer = await office.exchange("portal", token)
        assert answer.status_code == 200, answer.text
        assert claims_of(answer.json()["access_token"])["kind"] == "resident"


async def _logged_in(url: str, user: str, claims: Json) -> str:
    """As a browser and a client do it: the ID token of one log-in."""
    async with httpx.AsyncClient(base_url=url) as http:
        await http.put(f"/users/{user}", json=claims)
        back = "https://portal.test/back"
        asked = {"client_id": "yima-portal", "redirect_uri": back, "response_type": "code", "scope": "openid"}
        sent = await http.post("/oauth2/authorize", params=asked, data={"sub": user})
        code = parse_qs(urlsplit(sent.headers["location"]).query)["code"][0]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back}
        answer = await http.post("/oauth2/token", data=form, auth=("yima-portal", "secret"))
        assert jwt.get_unverified_header(answer.json()["id_token"])["alg"] == "RS256", json.dumps(claims)
        return str(answer.json()["id_token"])
