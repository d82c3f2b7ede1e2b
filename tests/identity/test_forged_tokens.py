"""Forged and odd tokens, at every address that takes one: 401, and nobody learns which check failed."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from deploy.local.issuer import Algorithm
from services.identity.signing import GRANT
from services.kernel.keys.secrets import read_jwks
from tests.identity.forgery import Mint, forms
from tests.identity.log_ins import LogIns, issuer_at
from tests.identity.office import ACCESS_TOKEN, EXCHANGE, ID_TOKEN, Json, Office

LEAST_FORMS = 60
SAME_ID = {"X-Request-Id": "the-same"}
METHODS = {"get", "put", "post", "patch", "delete"}


@pytest.fixture
async def log_ins(office: Office) -> LogIns:
    opened = LogIns(office)
    await opened.open()
    return opened


def token_key(office: Office) -> ec.EllipticCurvePrivateKey:
    jwks = read_jwks(office.keys / "identity" / "tokens.jwks")
    current = next(jwk for jwk in jwks["keys"] if jwk.get("state", "current") == "current")
    key: ec.EllipticCurvePrivateKey = jwt.PyJWK(current, algorithm="ES256").key
    return key


async def guarded(office: Office) -> list[tuple[str, str]]:
    """Every method and address that the description says takes a bearer token."""
    paths = (await office.http.get("/openapi.json")).json()["paths"]
    return [
        (method.upper(), path.replace("{", "").replace("}", ""))
        for path, operations in paths.items()
        for method, operation in operations.items()
        if method in METHODS and operation.get("security")
    ]


async def access_forms(office: Office, log_ins: LogIns) -> dict[str, str]:
    """Of an access token, and everything genuine that is none."""
    mint = Mint.of(await office.resident("A" * 26), token_key(office))
    odd = forms(mint) | {
        "kind root": mint.with_body(kind="root"),
        "kind a list": mint.with_body(kind=["resident"]),
        "holder_ids a text": mint.with_body(holder_ids="A" * 26),
        "holder_ids of numbers": mint.with_body(holder_ids=[1]),
        "holder_ids of none": mint.with_body(holder_ids=[]),
        "act a text": mint.with_body(act="x"),
        "act a list": mint.with_body(act=[["sub", "x"]]),
        "act without a mandate": mint.with_body(act={"sub": "x"}),
        "a mandate without act": mint.with_body(mandate_id="x"),
        "roles a list": mint.with_body(roles=["authority"]),
        "scope a list": mint.with_body(scope=["admin"]),
        "no client_id": mint.with_body(client_id=...),
        "client_id a list": mint.with_body(client_id=["admin"]),
        "no jti": mint.with_body(jti=...),
        "no kid": mint.with_head(kid=...),
        "no typ": mint.with_head(typ=...),
        "typ JWT": mint.with_head(typ="JWT"),
        "a life of years": mint.with_body(exp=mint.body["exp"] + 10**8),
        "a header more": mint.with_head(x="y"),
        "a grant": mint.signed(mint.head | {"typ": GRANT}, mint.body | {"aud": "space"}),
        "an ID token": log_ins.of_resident(),
        "a client assertion": office.assertion("admin"),
        "a refresh token": (await log_ins.resident())["refresh_token"],
    }
    assert (await office.call("GET", "/v1/issuers/x", mint.genuine)).status_code == 403
    return odd


class TestBearers:
    async def test_of_forged_tokens_hear_one_answer_at_every_address(
        self, office: Office, log_ins: LogIns
    ) -> None:
        odd, addresses = await access_forms(office, log_ins), await guarded(office)
        assert len(odd) >= LEAST_FORMS
        assert len(addresses) >= 5
        answers: dict[tuple[int, bytes], list[str]] = {}
        for method, path in addresses:
            for name, token in odd.items():
                headers = {b"Authorization": b"Bearer " + token.encode(), b"Idempotency-Key": b"k" * 32}
                async with asyncio.timeout(5):  # whoever is let in might be told events without end
                    answer = await office.http.request(
                        method, path, headers=headers | {b"X-Request-Id": b"the-same"}, content=b"{}"
                    )
                seen = answer.status_code, answer.content
                answers.setdefault(seen, []).append(f"{method} {path}: {name}")
        assert len(answers) == 1, {status: names[:5] for (status, _), names in answers.items()}
        ((status, body),) = answers
        assert (status, json.loads(body)["code"]) == (401, "token_rejected")

    async def test_of_a_genuine_token_that_has_ended_are_told_so(self, office: Office) -> None:
        token = await office.resident("A" * 26)
        office.clock.forward(minutes=11)
        answer = await office.call("POST", "/v1/codes", token)
        assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")

    async def test_of_nothing_are_told_what_is_missing(self, office: Office) -> None:
        for method, path in await guarded(office):
            for header in ({}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer"}):
                answer = await office.http.request(method, path, headers=header, content=b"{}")
                assert (answer.status_code, answer.json()["code"]) == (401, "token_missing"), (method, path)

    async def test_are_all_of_whom_no_log_line_repeats_the_token(
        self, office: Office, log_ins: LogIns, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("DEBUG")
        for token in (await access_forms(office, log_ins)).values():
            await office.call("GET", "/v1/issuers/x", token.encode("ascii", "ignore").decode())
        told = "".join(str(record.__dict__) for record in caplog.records if record.name.startswith("yima"))
        assert "eyJ" not in told


async def brought(
    office: Office, odd: dict[str, str], form: Callable[[str], Json], *paths: str
) -> dict[tuple[int, str, bytes], list[str]]:
    """The answers of the token endpoint, each with the names of the forms that got it."""
    answers: dict[tuple[int, str, bytes], list[str]] = {}
    for path in paths:
        for name, token in odd.items():
            answer = await office.http.post(path, data=form(token), headers=SAME_ID)
            seen = answer.status_code, answer.json().get("code", ""), answer.content
            answers.setdefault(seen, []).append(name)
    return answers


class TestTheTokenEndpoint:
    async def test_takes_no_forged_client_assertion(self, office: Office) -> None:
        key = jwt.PyJWK(office.jwk("front-desk"), algorithm="ES256").key
        mint = Mint.of(office.assertion("front-desk"), key)
        odd = forms(mint) | {
            "of another client": mint.with_body(sub="admin"),
            "no jti": mint.with_body(jti=...),
            "an access token": await office.token("front-desk"),
            "a life of an hour": mint.with_body(exp=mint.body["exp"] + 3600),
        }
        # An `iss` that looks like a client's id is looked up: that it is unknown is no secret.
        odd = {name: token for name, token in odd.items() if not name.startswith("iss")}

        def form(assertion: str) -> Json:
            kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
            return {
                "grant_type": "client_credentials",
                "client_assertion_type": kind,
                "client_assertion": assertion,
                "token": "x",
            }

        large = {name: token for name, token in odd.items() if len(token) > 1_000_000}
        odd = {name: token for name, token in odd.items() if name not in large}
        answers = await brought(office, odd, form, "/v1/token", "/v1/token/revoke")
        assert len(odd) >= LEAST_FORMS
        assert [(status, code) for status, code, _ in answers] == [(401, "client_assertion_rejected")], {
            seen[:2]: names[:9] for seen, names in answers.items()
        }
        for token in large.values():
            assert (await office.http.post("/v1/token", data=form(token))).status_code == 413

    async def test_takes_no_assertion_under_anothers_name(self, office: Office) -> None:
        key = jwt.PyJWK(office.jwk("front-desk"), algorithm="ES256").key
        mint = Mint.of(office.assertion("front-desk"), key)
        for name, token in forms(mint).items():
            if name.startswith("iss"):
                answer = await office.ask_as_client(token)
                assert answer.status_code == 401, name
                assert answer.json()["code"] in {"client_assertion_rejected", "client_unknown"}
        assert (await office.ask_as_client(mint.with_body(iss="admin", sub="admin"))).status_code == 401

    @pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
    async def test_takes_no_forged_id_token(self, office: Office, algorithm: Algorithm) -> None:
        log_ins = LogIns(office)
        log_ins.province = issuer_at(log_ins.province.url, algorithm)
        await log_ins.open()
        mint = Mint.of(log_ins.of_resident(), log_ins.province._key)  # noqa: SLF001 - what only the log-in has
        odd = forms(mint) | {
            "an access token": await office.resident("A" * 26),
            "a client assertion": office.assertion("portal"),
        }
        unknown = ("a client assertion", "an access token", "iss ")
        strange = {name: token for name, token in odd.items() if name.startswith(unknown)}
        odd = {name: token for name, token in odd.items() if name not in strange and len(token) <= 1_000_000}
        found = await self.exchanged(office, odd, ID_TOKEN)
        assert len(odd) >= LEAST_FORMS
        assert [seen[:2] for seen in found] == [(401, "id_token_rejected")], {
            seen[:2]: names[:9] for seen, names in found.items()
        }
        found = await self.exchanged(office, strange, ID_TOKEN)
        assert {seen[:2] for seen in found} == {(401, "id_token_rejected"), (401, "issuer_unknown")}
        assert len(found) == 2
        assert (await office.exchange("portal", mint.genuine)).status_code == 200

    async def test_takes_no_forged_access_token_to_act_with(self, office: Office, log_ins: LogIns) -> None:
        odd = await access_forms(office, log_ins)
        odd = {name: token for name, token in odd.items() if len(token) <= 1_000_000}
        found = await self.exchanged(office, odd, ACCESS_TOKEN)
        assert [seen[:2] for seen in found] == [(401, "token_rejected")], {
            seen[:2]: names[:9] for seen, names in found.items()
        }

    async def test_takes_no_forged_refresh_token(self, office: Office, log_ins: LogIns) -> None:
        genuine = (await log_ins.resident())["refresh_token"]
        session_id, secret = genuine.split(".")
        odd = await access_forms(office, log_ins) | {
            "without its secret": session_id,
            "with an empty secret": f"{session_id}.",
            "of another session": f"{'0' * 32}.{secret}",
            "in capitals": f"{session_id.upper()}.{secret}",
            "with a dot more": f"{session_id}.{secret}.",
            "the hash": f"{session_id}.{'a' * 64}",
            "an operator of the database": '{"$ne": ""}.x',
        }
        del odd["a refresh token"]  # that one is genuine
        odd = {name: token for name, token in odd.items() if len(token) <= 1_000_000}
        found: dict[Any, list[str]] = {}
        for name, token in odd.items():
            answer = await self.ask(office, grant_type="refresh_token", refresh_token=token)
            found.setdefault((answer.status_code, answer.json()["code"], answer.content), []).append(name)
        assert [seen[:2] for seen in found] == [(401, "refresh_token_rejected")], {
            seen[:2]: names[:9] for seen, names in found.items()
        }

    async def exchanged(
        self, office: Office, odd: dict[str, str], kind: str
    ) -> dict[tuple[int, str, bytes], list[str]]:
        found: dict[tuple[int, str, bytes], list[str]] = {}
        for name, token in odd.items():
            brought = {"subject_token": token, "subject_token_type": kind}
            answer = await self.ask(office, grant_type=EXCHANGE, **brought)
            seen = answer.status_code, answer.json().get("code", ""), answer.content
            found.setdefault(seen, []).append(name)
        return found

    async def ask(self, office: Office, **form: str) -> httpx.Response:
        proof = {
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": office.assertion("portal"),
        }
        return await office.http.post("/v1/token", data=form | proof, headers=SAME_ID)
