"""Tokens: what holds, what does not, and how often the issuer is asked."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from aiohttp import web
from joserfc.jwk import ECKey, RSAKey

from services.kernel.errors import Unavailable
from services.kernel.keys import jws, tokens
from services.kernel.keys.published import http_jwks
from services.kernel.keys.rings import HeldRing, Signer
from services.kernel.keys.tokens import (
    KeyUnknown,
    TokenChecker,
    TokenExpired,
    TokenRejected,
    public_jwks,
)

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
ISSUER = "https://identity.test"


class HandClock:
    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def new_id(self) -> str:
        return "0" * 32


class Issuer:
    """Publishes keys, counts how often it is asked, and can be away."""

    def __init__(self, *jwks: dict[str, Any]) -> None:
        self.jwks = list(jwks)
        self.asked = 0
        self.away = False

    async def fetch(self) -> Mapping[str, Any]:
        self.asked += 1
        await asyncio.sleep(0)
        if self.away:
            raise Unavailable("away")
        return public_jwks({"keys": self.jwks})


def private_jwk(kid: str) -> dict[str, Any]:
    key = ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"})
    return dict(key.as_dict(private=True))


CURRENT, NEXT = private_jwk("current"), private_jwk("next")


def claims(**changes: object) -> dict[str, Any]:
    started = int(NOW.timestamp())
    given = {
        "iss": ISSUER,
        "sub": "client-1",
        "aud": "yima",
        "iat": started,
        "exp": started + 600,
        "jti": "t1",
        "client_id": "client-1",
        "kind": "machine",
        "scope": "approvals:write types:read",
        "organisation": "11420322000000000X",
    }
    return {name: value for name, value in (given | changes).items() if value is not None}


def token(*, typ: str = "at+jwt", key: dict[str, Any] = CURRENT, **changes: Any) -> str:
    return Signer(HeldRing({"keys": [key]})).sign(claims(**changes), typ=typ)


def part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def issuer() -> Issuer:
    return Issuer(CURRENT)


@pytest.fixture
def checker(issuer: Issuer, clock: HandClock) -> TokenChecker:
    return TokenChecker(issuer.fetch, ISSUER, clock=clock)


class TestAccessTokens:
    async def test_say_who_calls(self, checker: TokenChecker) -> None:
        caller = await checker.check(token())
        assert (caller.subject, caller.kind, caller.client_id) == ("client-1", "machine", "client-1")
        assert caller.scopes == {"approvals:write", "types:read"}
        assert caller.organisation == "11420322000000000X"

    async def test_of_a_resident_name_the_holders(self, checker: TokenChecker) -> None:
        caller = await checker.check(token(kind="resident", holder_ids=["h1", "h2"], organisation=None))
        assert caller.holder_ids == ("h1", "h2")

    @pytest.mark.parametrize(
        "changes",
        [
            {"kind": "resident"},
            {"kind": "operator", "organisation": None},
            {"kind": "root"},
            {"kind": None},
            {"client_id": None},
        ],
    )
    async def test_that_lack_what_goes_with_their_kind_are_refused(
        self, checker: TokenChecker, changes: dict[str, Any]
    ) -> None:
        with pytest.raises(TokenRejected):
            await checker.check(token(**changes))

    @pytest.mark.parametrize("missing", ["exp", "iat", "iss", "aud", "sub", "jti"])
    async def test_without_a_required_claim_are_refused(self, checker: TokenChecker, missing: str) -> None:
        lacking: dict[str, Any] = {missing: None}
        with pytest.raises(TokenRejected):
            await checker.check(token(**lacking))

    @pytest.mark.parametrize(
        "changes",
        [
            {"aud": "space"},
            {"iss": "https://identity.test.evil"},
            {"typ": "grant+jwt"},
            {"typ": "JWT"},
            {"iat": NOW.timestamp() + 60},
            {"nbf": NOW.timestamp() + 60},
            {"exp": "tomorrow"},
            {"sub": 7},
        ],
    )
    async def test_for_another_use_place_or_time_are_refused(
        self, checker: TokenChecker, changes: dict[str, Any]
    ) -> None:
        with pytest.raises(TokenRejected):
            await checker.check(token(**changes))

    async def test_end_at_their_time_give_or_take_five_seconds(
        self, checker: TokenChecker, clock: HandClock
    ) -> None:
        clock.at = NOW + timedelta(seconds=605)
        assert (await checker.check(token())).kind == "machine"
        clock.at = NOW + timedelta(seconds=606)
        with pytest.raises(TokenExpired):
            await checker.check(token())


class TestBroughtAgain:
    """A phone brings its token for ten minutes: the signature is checked once, time and key at every use."""

    async def test_is_verified_once(self, checker: TokenChecker, monkeypatch: pytest.MonkeyPatch) -> None:
        verified, brought = 0, token()
        really = jws.Unverified.verified

        def counted(self: jws.Unverified, key: jwt.PyJWK) -> jws.Part:
            nonlocal verified
            verified += 1
            return really(self, key)

        monkeypatch.setattr(jws.Unverified, "verified", counted)
        callers = [await checker.check(brought) for _ in range(3)]
        assert (callers[0] == callers[2], verified) == (True, 1)

    async def test_ends_at_its_time(self, checker: TokenChecker, clock: HandClock) -> None:
        brought = token()
        await checker.check(brought)
        clock.at = NOW + timedelta(seconds=606)
        with pytest.raises(TokenExpired):
            await checker.check(brought)

    async def test_ends_with_its_key(self, checker: TokenChecker, issuer: Issuer) -> None:
        brought = token()
        await checker.check(brought)
        issuer.jwks = [NEXT]
        await checker.refresh()
        with pytest.raises(TokenRejected):
            await checker.check(brought)

    async def test_does_not_vouch_for_one_that_is_nearly_the_same(self, checker: TokenChecker) -> None:
        brought = token()
        await checker.check(brought)
        for other in (brought[:-6] + "AAAAAA", brought + "=", brought.swapcase(), token(key=NEXT)):
            with pytest.raises((TokenRejected, KeyUnknown)):
                await checker.check(other)

    async def test_is_no_grant_afterwards(self, checker: TokenChecker) -> None:
        brought = token()
        await checker.check(brought)
        with pytest.raises(TokenRejected):
            await checker.verify(brought, audience="space", typ="yima-grant+jwt")

    async def test_is_forgotten_when_many_others_come(
        self, checker: TokenChecker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tokens, "_MOST_SEEN", 2)
        for number in range(5):
            await checker.check(token(jti=f"t{number}"))
            assert len(checker._seen) <= 2  # noqa: SLF001


class TestForgeries:
    @pytest.mark.parametrize("forged", ["", "x", "a.b.c", "....", "é.é.é", "e30.e30.e30"])
    async def test_that_are_no_tokens_are_refused(self, checker: TokenChecker, forged: str) -> None:
        with pytest.raises(TokenRejected):
            await checker.check(forged)

    async def test_without_a_signature_are_refused(self, checker: TokenChecker) -> None:
        for algorithm in ("none", "None", ""):
            head = part({"alg": algorithm, "typ": "at+jwt", "kid": "current"})
            with pytest.raises(TokenRejected):
                await checker.check(f"{head}.{part(claims())}.")

    async def test_with_the_public_key_as_a_shared_secret_are_refused(self, checker: TokenChecker) -> None:
        await checker.check(token())
        secret = ECKey.import_key(CURRENT).as_pem(private=False)
        for algorithm in ("HS256", "ES256"):
            signed = f"{part({'alg': algorithm, 'typ': 'at+jwt', 'kid': 'current'})}.{part(claims())}"
            mac = hmac.digest(secret, signed.encode(), hashlib.sha256)
            with pytest.raises(TokenRejected):
                await checker.check(f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}")

    async def test_with_another_payload_are_refused(self, checker: TokenChecker) -> None:
        head, _, signature = token().split(".")
        with pytest.raises(TokenRejected):
            await checker.check(f"{head}.{part(claims(scope='admin'))}.{signature}")

    async def test_signed_by_another_key_under_our_id_are_refused(self, checker: TokenChecker) -> None:
        with pytest.raises(TokenRejected):
            await checker.check(token(key=NEXT | {"kid": "current"}))

    async def test_that_bring_their_own_key_are_refused(self, checker: TokenChecker) -> None:
        own = public_jwks({"keys": [NEXT]})["keys"][0]
        head = {"alg": "ES256", "typ": "at+jwt", "kid": "current", "jwk": own, "jku": "https://evil.test"}
        body, signature = token(key=NEXT).split(".")[1:]
        with pytest.raises(TokenRejected):
            await checker.check(f"{part(head)}.{body}.{signature}")

    async def test_of_great_length_are_refused_unread(self, checker: TokenChecker, issuer: Issuer) -> None:
        with pytest.raises(TokenRejected, match="8192"):
            await checker.check(token(scope="x" * 10_000))
        assert issuer.asked == 0


class TestKeys:
    async def test_are_fetched_once_for_a_storm_of_requests(
        self, checker: TokenChecker, issuer: Issuer
    ) -> None:
        await asyncio.gather(*(checker.check(token()) for _ in range(50)))
        assert issuer.asked == 1

    async def test_unknown_ones_are_asked_for_once_in_ten_seconds(
        self, checker: TokenChecker, issuer: Issuer, clock: HandClock
    ) -> None:
        for _ in range(3):
            answers = await asyncio.gather(
                *(checker.check(token(key=NEXT)) for _ in range(50)), return_exceptions=True
            )
            assert {type(answer) for answer in answers} == {KeyUnknown}
        assert issuer.asked == 1
        issuer.jwks.append(NEXT)
        clock.at += timedelta(seconds=10)
        assert (await checker.check(token(key=NEXT))).kind == "machine"
        assert issuer.asked == 2

    async def test_at_hand_serve_while_the_issuer_is_away(
        self, checker: TokenChecker, issuer: Issuer, clock: HandClock
    ) -> None:
        await checker.check(token())
        issuer.away = True
        clock.at += timedelta(seconds=30)
        with pytest.raises(KeyUnknown):
            await checker.check(token(key=NEXT))
        assert (await checker.check(token())).kind == "machine"

    async def test_withdrawn_by_the_issuer_are_forgotten_at_the_next_refresh(
        self, checker: TokenChecker, issuer: Issuer
    ) -> None:
        await checker.check(token())
        issuer.jwks = [NEXT]
        await checker.refresh()
        with pytest.raises(TokenRejected):
            await checker.check(token())

    async def test_that_cannot_be_read_do_not_take_the_others_with_them(self, clock: HandClock) -> None:
        rsa = dict(RSAKey.generate_key(2048, {"kid": "rsa"}).as_dict(private=False))
        odd = [{}, {"kty": "EC", "crv": "P-256", "kid": "half"}, rsa, "text"]

        async def fetch() -> Mapping[str, Any]:
            return {"keys": [*odd, *public_jwks({"keys": [CURRENT]})["keys"]]}

        assert (await TokenChecker(fetch, ISSUER, clock=clock).check(token())).kind == "machine"


class TestGrants:
    async def test_are_read_for_their_own_audience_and_type_only(self, checker: TokenChecker) -> None:
        grant = token(typ="grant+jwt", aud="space", kind=None, item="11420322")
        assert (await checker.verify(grant, audience="space", typ="grant+jwt"))["item"] == "11420322"
        for audience, typ in (("yima", "grant+jwt"), ("space", "at+jwt")):
            with pytest.raises(TokenRejected):
                await checker.verify(grant, audience=audience, typ=typ)
        with pytest.raises(TokenRejected):
            await checker.check(grant)


class TestPublicKeys:
    def test_hold_no_private_half_and_no_shared_secret(self) -> None:
        published = public_jwks({"keys": [CURRENT, {"kty": "oct", "kid": "siv", "k": "secret"}]})
        assert [jwk["kid"] for jwk in published["keys"]] == ["current"]
        assert set(published["keys"][0]) == {"kty", "crv", "x", "y", "kid", "use", "alg"}


class TestHttpJwks:
    @pytest.fixture
    async def address(self) -> AsyncIterator[str]:
        over = asyncio.Event()

        async def good(_: web.Request) -> web.Response:
            return web.json_response(public_jwks({"keys": [CURRENT]}))

        async def odd(_: web.Request) -> web.Response:
            return web.Response(text="[1]", content_type="text/html")

        async def failing(_: web.Request) -> web.Response:
            return web.Response(status=500)

        async def elsewhere(_: web.Request) -> web.Response:
            raise web.HTTPFound("/good")

        async def huge(_: web.Request) -> web.Response:
            return web.json_response(public_jwks({"keys": [CURRENT]}) | {"more": "x" * 300_000})

        async def silent(_: web.Request) -> web.Response:
            await over.wait()
            return web.Response()

        app = web.Application()
        app.add_routes(
            [web.get(f"/{each.__name__}", each) for each in (good, odd, failing, elsewhere, huge, silent)]
        )
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        over.set()
        await runner.cleanup()

    async def test_serves_the_checker(self, address: str, clock: HandClock) -> None:
        assert (
            await TokenChecker(http_jwks(f"{address}/good"), ISSUER, clock=clock).check(token())
        ).kind == "machine"

    @pytest.mark.parametrize("path", ["odd", "failing", "silent", "absent", "elsewhere", "huge"])
    async def test_is_unavailable_when_no_key_set_comes_in_time(self, address: str, path: str) -> None:
        with pytest.raises(Unavailable):
            await http_jwks(f"{address}/{path}")()

    async def test_is_unavailable_when_nobody_listens(self) -> None:
        with pytest.raises(Unavailable):
            await http_jwks("http://127.0.0.1:9/jwks")()
