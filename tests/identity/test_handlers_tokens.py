"""Who gets which access token, and who gets none."""

import asyncio
import hashlib
import hmac
from datetime import timedelta

import httpx
import jwt
import pytest

from services.identity.store import USED_ASSERTIONS
from services.kernel.keys.tokens import TokenChecker
from tests.identity.office import ASSERTION_TYPE, HERE, ISSUER, Json, Office, b64, claims_of


def refused(answer: httpx.Response, code: str = "client_assertion_rejected", status: int = 401) -> bool:
    return (answer.status_code, answer.json()["code"]) == (status, code)


class TestMachines:
    async def test_get_a_token_that_every_service_can_check(self, office: Office) -> None:
        answer = (await office.ask_as_client(office.assertion("front-desk"))).json()
        assert (answer["token_type"], answer["expires_in"], answer["scope"]) == (
            "Bearer",
            600,
            "holders:write",
        )

        async def fetch() -> Json:
            return dict((await office.http.get("/.well-known/jwks.json")).json())

        caller = await TokenChecker(fetch, ISSUER, clock=office.clock).check(answer["access_token"])
        assert (caller.subject, caller.kind, caller.client_id) == ("front-desk", "machine", "front-desk")
        assert (caller.organisation, caller.scopes) == (HERE, frozenset({"holders:write"}))

    async def test_get_fewer_scopes_when_they_ask_for_fewer(self, office: Office) -> None:
        await office.put_client("source", scopes=["approvals:write", "events:subscribe"])
        answer = await office.ask_as_client(office.assertion("source"), scope="approvals:write")
        assert claims_of(answer.json()["access_token"])["scope"] == "approvals:write"

    async def test_are_refused_a_scope_that_they_do_not_have(self, office: Office) -> None:
        answer = await office.ask_as_client(office.assertion("front-desk"), scope="holders:write admin")
        assert refused(answer, "scope_not_allowed", 403)

    async def test_may_name_the_token_endpoint_as_audience(self, office: Office) -> None:
        answer = await office.ask_as_client(office.assertion("front-desk", aud=[f"{ISSUER}/v1/token"]))
        assert answer.status_code == 200

    async def test_are_refused_when_nobody_knows_them(self, office: Office) -> None:
        assert refused(await office.ask_as_client(office.assertion("partner")), "client_unknown")

    async def test_are_refused_with_the_key_of_another(self, office: Office) -> None:
        assert refused(await office.ask_as_client(office.assertion("front-desk", key="counter")))

    async def test_are_refused_a_second_use_of_an_assertion(self, office: Office) -> None:
        assertion = office.assertion("front-desk")
        assert (await office.ask_as_client(assertion)).status_code == 200
        assert refused(await office.ask_as_client(assertion))

    async def test_are_remembered_longer_than_a_database_clock_may_run_ahead(self, office: Office) -> None:
        """The engine forgets by its own clock: by ours the assertion may still be good then."""
        await office.ask_as_client(office.assertion("front-desk", jti="only-once"))
        used = hashlib.sha256(b"front-desk\0only-once").hexdigest()
        kept = office.kept(USED_ASSERTIONS, used)
        assert kept is not None
        assert kept["until"] - office.clock.now() >= timedelta(minutes=30)

    async def test_use_an_assertion_once_in_a_race(self, office: Office) -> None:
        assertion = office.assertion("front-desk")
        answers = await asyncio.gather(*(office.ask_as_client(assertion) for _ in range(20)))
        assert sorted(one.status_code for one in answers) == [200] + 19 * [401]

    @pytest.mark.parametrize(
        "changes",
        [
            {"exp": None},
            {"exp": 1},
            {"exp": "1772352060"},
            {"exp": float("nan")},
            {"exp": float("inf")},
            {"exp": 1e300},
            {"exp": 10**400},
            {"exp": 253_402_300_799},  # the last second that there is
            {"iat": 10**400},
            {"nbf": -(10**400)},
            {"exp": True},
            {"jti": None},
            {"jti": ""},
            {"jti": "x" * 129},
            {"jti": 7},
            {"aud": "https://elsewhere.test"},
            {"aud": [ISSUER, "https://elsewhere.test"]},
            {"aud": f"{ISSUER}/"},
            {"aud": None},
            {"aud": []},
            {"aud": {"a": 1}},
            {"sub": "counter"},
            {"sub": None},
            {"sub": ["front-desk"]},
            {"iss": "../front-desk"},
            {"iss": "\ud800"},
            {"iss": None},
            {"iss": ["front-desk"]},
            {"iat": 1_900_000_000},
            {"nbf": 1_900_000_000},
            {"nbf": "soon"},
        ],
        ids=str,
    )
    async def test_are_refused_claims_that_do_not_hold(self, office: Office, changes: Json) -> None:
        assert refused(await office.ask_as_client(office.assertion("front-desk", **changes)))

    async def test_are_refused_an_assertion_that_lives_too_long(self, office: Office) -> None:
        now = int(office.clock.now().timestamp())
        assert (await office.ask_as_client(office.assertion("front-desk", exp=now + 300))).status_code == 200
        assert refused(await office.ask_as_client(office.assertion("front-desk", exp=now + 320)))

    async def test_are_refused_an_assertion_that_has_ended(self, office: Office) -> None:
        assertion = office.assertion("front-desk")
        office.clock.forward(seconds=126)
        assert refused(await office.ask_as_client(assertion))

    async def test_are_refused_without_the_right_signature(self, office: Office) -> None:
        head, body, signature = office.assertion("front-desk").split(".")
        kid = office.jwk("front-desk")["kid"]
        shared = f"{b64({'alg': 'HS256', 'kid': kid})}.{body}"
        mac = hmac.new(office.jwk("front-desk")["x"].encode(), shared.encode(), hashlib.sha256).digest()
        odd = [
            f"{b64({'alg': 'none'})}.{body}.",
            f"{b64({'alg': 'none', 'kid': kid})}.{body}.{signature}",
            f"{shared}.{jwt.utils.base64url_encode(mac).decode()}",
            f"{b64({'alg': 'ES384', 'kid': kid})}.{body}.{signature}",
            f"{b64({'alg': 'ES256', 'kid': kid, 'crit': ['b64'], 'b64': False})}.{body}.{signature}",
            f"{b64({'alg': 'ES256', 'kid': '../../' + kid})}.{body}.{signature}",
            f"{b64({'alg': 'ES256', 'kid': [kid]})}.{body}.{signature}",
            f"{head}.{body}.{'A' * 86}",
            f"{head}.{body}.",
            f"{head}.{body}",
            f"{head}.{b64([1])}.{signature}",
            f"{head}.{b64(None)}.{signature}",
            f"{head}.{jwt.utils.base64url_encode(b'[' * 5000).decode()}.{signature}",
            "x" * 1_000_000,
            "...",
            "",
        ]
        for assertion in odd:
            assert refused(await office.ask_as_client(assertion)), assertion[:200]


class TestHowOften:
    async def test_a_client_may_ask_is_limited(self, office: Office) -> None:
        asked = [await office.ask_as_client(office.assertion("front-desk")) for _ in range(601)]
        assert [one.status_code for one in asked].index(429) >= 590
        assert refused(asked[-1], "rate_limited", 429)
        assert int(asked[-1].headers["retry-after"]) > 0
        assert (await office.ask_as_client(office.assertion("counter"))).status_code == 200

    async def test_nobody_else_can_use_it_up(self, office: Office) -> None:
        for _ in range(610):
            await office.ask_as_client(office.assertion("front-desk", key="counter"))
        assert (await office.ask_as_client(office.assertion("front-desk"))).status_code == 200


class TestTheForm:
    @pytest.mark.parametrize(
        "form",
        [
            {"scope": "admin"},
            {"grant_type": "password"},
            {"grant_type": ""},
            {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "x"},
        ],
    )
    async def test_is_refused_for_another_grant_type(self, bare: Office, form: Json) -> None:
        assert refused(await bare.http.post("/v1/token", data=form), "grant_type_unsupported", 400)

    async def test_is_refused_for_another_kind_of_token(self, office: Office) -> None:
        kind = "urn:ietf:params:oauth:token-type:saml2"
        for form in ({"subject_token_type": kind}, {}, {"requested_token_type": kind}):
            answer = await office.exchange("front-desk", "x", **{"subject_token_type": kind} | form)
            assert refused(answer, "token_type_unsupported", 400)
            assert answer.json()["error"] == "invalid_request"

    @pytest.mark.parametrize(
        ("form", "error"),
        [
            ({"grant_type": "password"}, "unsupported_grant_type"),
            ({"grant_type": "client_credentials"}, "invalid_client"),
        ],
    )
    async def test_is_refused_in_the_words_of_oauth_too(self, bare: Office, form: Json, error: str) -> None:
        assert (await bare.http.post("/v1/token", data=form)).json()["error"] == error

    async def test_is_refused_with_another_kind_of_proof(self, bare: Office) -> None:
        form = {"grant_type": "client_credentials", "client_id": "admin", "client_secret": "x"}
        assert refused(await bare.http.post("/v1/token", data=form))

    @pytest.mark.parametrize("body", [b"\xff\xff", b"a=1&a=2", b"scope=%ff", b"&".join([b"a=1"] * 30)])
    async def test_is_refused_when_it_cannot_be_read(self, bare: Office, body: bytes) -> None:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        assert refused(
            await bare.http.post("/v1/token", content=body, headers=headers), "request_malformed", 400
        )

    async def test_is_refused_as_json(self, bare: Office) -> None:
        form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE}
        assert refused(await bare.http.post("/v1/token", json=form), "request_malformed", 400)


class TestKeys:
    async def test_are_published_current_and_next_without_private_halves(self, bare: Office) -> None:
        answer = await bare.http.get("/.well-known/jwks.json")
        keys = answer.json()["keys"]
        assert len(keys) == 2
        assert all(set(key) <= {"kty", "crv", "x", "y", "kid", "use", "alg"} for key in keys)
        assert answer.headers["cache-control"] == "public, max-age=300"
