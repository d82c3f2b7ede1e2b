"""Key rings: a file changes under two processes, and nothing genuine is refused."""

import json
import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from joserfc.jwk import ECKey

from services.kernel.errors import Unavailable
from services.kernel.keys.rings import FileRing, HeldKey, HeldRing, Signer
from services.kernel.keys.secrets import SecretUnusable
from services.kernel.keys.tokens import TokenChecker, TokenRejected

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
Jwk = dict[str, Any]


def pair(kid: str, state: str | None = None) -> Jwk:
    key = dict(ECKey.generate_key("P-256", {"kid": kid}).as_dict(private=True))
    return key | ({"state": state} if state else {})


def keep(path: Path, *keys: Jwk, mode: int = 0o600) -> Path:
    """As a rotation does: a new file in the place of the old one."""
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps({"keys": keys}))
    draft.chmod(mode)
    draft.replace(path)
    return path


A, B, C = pair("a"), pair("b"), pair("c")
DEAD = {"kty": "EC", "kid": "a", "state": "dead", "since": 0}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return keep(tmp_path / "tokens.jwks", A | {"state": "current"}, B | {"state": "next"})


def published(ring: HeldRing) -> list[str]:
    return [jwk["kid"] for jwk in ring.published["keys"]]


class TestStates:
    def test_the_current_key_signs_wherever_it_stands(self) -> None:
        ring = HeldRing(
            {"keys": [B | {"state": "next"}, C | {"state": "previous"}, A | {"state": "current"}]}
        )
        assert ring.current.key_id == "a"

    def test_without_states_the_first_pair_signs(self) -> None:
        ring = HeldRing({"keys": [{"kty": "oct", "kid": "siv", "k": "AA"}, A, B]})
        assert (ring.current.key_id, published(ring)) == ("a", ["a", "b"])

    def test_next_current_and_previous_are_published_and_a_dead_one_is_named_only(self) -> None:
        keys = [DEAD, B | {"state": "current"}, C | {"state": "next"}]
        ring = HeldRing({"keys": keys})
        assert (published(ring), ring.dead) == (["b", "c"], ("a",))
        assert all({"kty", "crv", "x", "y", "kid"} == set(jwk) for jwk in ring.published["keys"])

    @pytest.mark.parametrize("keys", [[], [DEAD], [A | {"state": "next"}], [{**A, "d": None}]])
    def test_without_a_key_that_signs_there_is_no_ring(self, keys: list[Jwk]) -> None:
        with pytest.raises(SecretUnusable):
            HeldRing({"keys": keys})

    def test_a_previous_key_needs_no_private_half(self) -> None:
        former = {name: value for name, value in A.items() if name != "d"} | {"state": "previous"}
        assert published(HeldRing({"keys": [former, B | {"state": "current"}]})) == ["a", "b"]


class TestSigningKey:
    @pytest.mark.parametrize("serial", range(20))
    def test_gives_r_and_s_of_32_bytes_each(self, serial: int) -> None:
        signature = HeldKey(A).sign(b"%d" % serial)
        assert len(signature) == 64
        algorithm = jwt.get_algorithm_by_name("ES256")
        assert algorithm.verify(b"%d" % serial, jwt.PyJWK(A, "ES256").key.public_key(), signature)

    def test_may_be_kept_elsewhere(self) -> None:
        """An HSM knows `key_id`, `algorithm` and `sign`, and no more is asked of it."""

        class Hsm:
            key_id = "a"
            algorithm = "ES256"

            def sign(self, message: bytes) -> bytes:
                return HeldKey(A).sign(message)

        class Ring:
            current = Hsm()
            published = HeldRing({"keys": [A]}).published
            dead = ()

        token = Signer(Ring()).sign({"sub": "x"}, typ="at+jwt")
        assert jwt.decode(token, jwt.PyJWK(A, "ES256").key.public_key(), ["ES256"]) == {"sub": "x"}


class TestFileRing:
    def test_takes_a_changed_file_and_says_so_once(self, path: Path) -> None:
        ring = FileRing(path)
        before = ring.published
        assert not ring.reload()
        assert ring.published is before
        keep(path, A | {"state": "previous"}, B | {"state": "current"}, C | {"state": "next"})
        assert ring.reload()
        assert not ring.reload()
        assert (ring.current.key_id, published(ring)) == ("b", ["a", "b", "c"])

    def test_sees_a_change_that_keeps_size_and_time(self, path: Path) -> None:
        ring, times = FileRing(path), path.stat()
        keep(path, B | {"state": "current"}, A | {"state": "next"})
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        assert ring.reload()
        assert ring.current.key_id == "b"

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
    def test_is_refused_at_the_start_when_others_may_read_it(self, path: Path, mode: int) -> None:
        path.chmod(mode)
        with pytest.raises(SecretUnusable, match="chmod 600"):
            FileRing(path)

    @pytest.mark.parametrize("odd", ["{", "[]", '{"keys": []}', '{"keys": [{"kty": "EC", "kid": "z"}]}', ""])
    def test_keeps_its_keys_when_the_new_file_is_of_no_use(
        self, path: Path, odd: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        ring = FileRing(path)
        path.write_text(odd)
        with caplog.at_level(logging.ERROR):
            assert not ring.reload()
        assert (ring.current.key_id, published(ring)) == ("a", ["a", "b"])
        assert len(caplog.records) == 1
        assert A["d"] not in caplog.text

    def test_keeps_its_keys_when_the_new_file_is_open_to_others_or_gone(self, path: Path) -> None:
        ring = FileRing(path)
        keep(path, C | {"state": "current"}, mode=0o644)
        assert not ring.reload()
        path.unlink()
        assert not ring.reload()
        assert ring.current.key_id == "a"
        keep(path, C | {"state": "current"})
        assert ring.reload()
        assert ring.current.key_id == "c"


class HandClock:
    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def new_id(self) -> str:
        return "0" * 32


class Elsewhere:
    """A checker of another service, which asks the first process for its keys."""

    def __init__(self, ring: FileRing) -> None:
        self.clock, self.asked, self.away, self._ring = HandClock(), 0, False, ring
        self.checker = TokenChecker(self._fetch, "https://identity.test", clock=self.clock)

    async def _fetch(self) -> Mapping[str, Any]:
        self.asked += 1
        if self.away:
            raise Unavailable("away")
        return self._ring.published

    def token(self, ring: FileRing) -> str:
        made = int(self.clock.at.timestamp())
        claims = {"iss": "https://identity.test", "aud": "yima", "sub": "c", "jti": "1", "iat": made}
        said = {"exp": made + 3600, "client_id": "c", "kind": "machine"}
        return Signer(ring).sign(claims | said, typ="at+jwt")


class TestARotationUnderTwoProcesses:
    async def test_refuses_no_token_made_before_meanwhile_or_after(self, path: Path) -> None:
        """One process has looked at the file, the other not yet: each signs with another key."""
        one, two = FileRing(path), FileRing(path)
        elsewhere = Elsewhere(two)
        tokens = [elsewhere.token(one)]
        await elsewhere.checker.check(tokens[0])
        keep(path, A | {"state": "previous"}, B | {"state": "current"}, C | {"state": "next"})
        assert one.reload()
        tokens += [elsewhere.token(one), elsewhere.token(two)]
        assert len({jwt.get_unverified_header(token)["kid"] for token in tokens}) == 2
        for token in tokens:
            await elsewhere.checker.check(token)
        assert elsewhere.asked == 1, "the next key was known already"
        assert two.reload()
        elsewhere.clock.at += timedelta(minutes=6)
        for token in [*tokens, elsewhere.token(two)]:
            await elsewhere.checker.check(token)

    async def test_takes_a_dead_key_out_everywhere_within_five_minutes(self, path: Path) -> None:
        ring = FileRing(path)
        elsewhere = Elsewhere(ring)
        stolen = elsewhere.token(ring)
        await elsewhere.checker.check(stolen)
        keep(path, DEAD, B | {"state": "current"}, C | {"state": "next"})
        ring.reload()
        elsewhere.clock.at += timedelta(seconds=299)
        await elsewhere.checker.check(stolen)
        elsewhere.clock.at += timedelta(seconds=1)
        with pytest.raises(TokenRejected):
            await elsewhere.checker.check(stolen)
        await elsewhere.checker.check(elsewhere.token(ring))

    async def test_asks_for_keys_once_in_five_minutes(self, path: Path) -> None:
        ring = FileRing(path)
        elsewhere = Elsewhere(ring)
        token = elsewhere.token(ring)
        for _ in range(21):
            await elsewhere.checker.check(token)
            elsewhere.clock.at += timedelta(seconds=30)
        assert elsewhere.asked == 3

    async def test_goes_on_with_the_keys_it_has_while_the_issuer_is_away(self, path: Path) -> None:
        ring = FileRing(path)
        elsewhere = Elsewhere(ring)
        token = elsewhere.token(ring)
        await elsewhere.checker.check(token)
        elsewhere.away = True
        elsewhere.clock.at += timedelta(minutes=50)
        await elsewhere.checker.check(token)
