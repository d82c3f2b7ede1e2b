"""Changing the keys of tokens and codes: nobody genuine is refused, nobody with a stolen key is let in."""

import json
import shutil
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest

from services.identity.codes import CoseCodes, siv_key
from services.identity.domain.codes import CodeKeyUnknown
from services.identity.domain.keys import KeyNotHeld, RotationTooEarly
from services.identity.rotation import KeyFile, change_keys
from services.kernel.holders import holder_id
from services.kernel.keys.rings import FileRing
from services.kernel.keys.secrets import SecretUnusable, read_jwks
from services.kernel.keys.tokens import TokenChecker
from services.kernel.store.memory import MemoryDocuments
from services.kernel.stream.memory_bus import MemoryBus
from tests.identity.office import HandClock, Office

HOLDER = holder_id(b"k" * 32, "111", "420322199002151021")
USES = ("tokens", "codes")


@pytest.fixture
def tree(keys: Path, tmp_path: Path) -> Path:
    """Secrets of its own: these tests change them. Made long ago, by the hand clock."""
    shutil.copytree(keys, tmp_path / "secrets")
    for use in USES:
        file = tmp_path / "secrets" / "identity" / f"{use}.jwks"
        jwks = read_jwks(file)
        file.write_text(json.dumps({"keys": [jwk | {"since": 0} for jwk in jwks["keys"]]}))
    return tmp_path / "secrets"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def offices(tree: Path, clock: HandClock) -> AsyncIterator[tuple[Office, Office]]:
    """Two processes of identity with one database and one folder of secrets."""
    documents, bus = MemoryDocuments(), MemoryBus()
    async with AsyncExitStack() as stack:
        yield (
            await stack.enter_async_context(Office(tree, clock, documents, bus)),
            await stack.enter_async_context(Office(tree, clock, documents, bus)),
        )


def key_file(tree: Path, use: str, clock: HandClock) -> KeyFile:
    return KeyFile(use=use, path=tree / "identity" / f"{use}.jwks", clock=clock)


def states(file: KeyFile) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key in file.listed():
        found.setdefault(key.state, []).append(key.key_id)
    return found


@pytest.fixture(params=USES)
def file(request: pytest.FixtureRequest, tree: Path, clock: HandClock) -> KeyFile:
    return key_file(tree, request.param, clock)


class TestRotate:
    def test_moves_each_key_one_place_on_and_makes_a_new_one(self, file: KeyFile) -> None:
        before = states(file)
        file.rotate()
        after = states(file)
        assert (after["previous"], after["current"]) == (before["current"], before["next"])
        assert len(after["next"]) == 1
        assert after["next"][0] not in {*before["current"], *before["next"]}

    def test_waits_until_everybody_has_the_next_key(self, file: KeyFile, clock: HandClock) -> None:
        """Twice the five minutes for which others keep a list."""
        file.rotate()
        clock.forward(seconds=599)
        before = file.path.read_text()
        with pytest.raises(RotationTooEarly, match="08:10:00"):
            file.rotate()
        assert file.path.read_text() == before
        clock.forward(seconds=1)
        file.rotate()

    def test_does_not_wait_when_told_not_to(self, file: KeyFile) -> None:
        file.rotate()
        following = states(file)["next"]
        file.rotate(forced=True)
        assert states(file)["current"] == following

    @pytest.mark.parametrize(("use", "life"), [("tokens", 3600), ("codes", 24 * 3600)])
    def test_keeps_a_previous_key_while_what_it_signed_lives(
        self, tree: Path, clock: HandClock, use: str, life: int
    ) -> None:
        file = key_file(tree, use, clock)
        first = states(file)["current"][0]
        file.rotate()
        clock.forward(seconds=life + 300)
        file.rotate()
        assert first in states(file)["previous"]
        clock.forward(seconds=601)
        file.rotate()
        assert first not in {key.key_id for key in file.listed()}

    def test_destroys_the_private_half_of_a_key_that_signs_no_more(self, file: KeyFile) -> None:
        file.rotate()
        kept = {jwk["state"]: jwk for jwk in read_jwks(file.path)["keys"] if jwk["kty"] == "EC"}
        assert {state: "d" in jwk for state, jwk in kept.items()} == {
            "previous": False,
            "current": True,
            "next": True,
        }

    def test_keeps_the_key_that_hides_holders(self, tree: Path, clock: HandClock) -> None:
        file = key_file(tree, "codes", clock)
        before = siv_key(read_jwks(file.path))
        file.rotate()
        file.kill(states(file)["current"][0])
        assert siv_key(read_jwks(file.path)) == before

    def test_gives_a_code_key_one_byte_that_no_other_has(self, tree: Path, clock: HandClock) -> None:
        file = key_file(tree, "codes", clock)
        for _ in range(300):
            clock.forward(hours=25)
            file.rotate()
            listed = [key.key_id for key in file.listed()]
            assert len(set(listed)) == len(listed) <= 4
            assert all(len(bytes.fromhex(key_id)) == 1 for key_id in listed)

    def test_begins_with_a_next_key_where_there_is_none(self, tree: Path, clock: HandClock) -> None:
        """As a file from before there were states."""
        file = key_file(tree, "codes", clock)
        first, _, ids = read_jwks(file.path)["keys"]
        stateless = {name: value for name, value in first.items() if name not in {"state", "since"}}
        file.path.write_text(json.dumps({"keys": [stateless, ids]}))
        file.rotate()
        assert states(file)["current"] == ["01"]
        with pytest.raises(RotationTooEarly):
            file.rotate()
        clock.forward(minutes=10)
        file.rotate()
        assert states(file)["current"] == ["02"]

    def test_twice_at_once_is_once(self, file: KeyFile) -> None:
        outcomes: list[str] = []

        def attempt() -> None:
            try:
                file.rotate()
                outcomes.append("done")
            except RotationTooEarly:
                outcomes.append("refused")

        threads = [threading.Thread(target=attempt) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["done"] + ["refused"] * 7

    def test_leaves_a_file_that_only_its_owner_reads_and_no_other(self, file: KeyFile) -> None:
        file.rotate()
        assert file.path.stat().st_mode & 0o777 == 0o600
        assert not [one for one in file.path.parent.iterdir() if one.name.startswith(".")]

    def test_refuses_a_file_that_others_may_read(self, file: KeyFile) -> None:
        file.path.chmod(0o640)
        with pytest.raises(SecretUnusable):
            file.rotate()

    def test_says_what_to_do_where_there_is_no_file(self, tmp_path: Path, clock: HandClock) -> None:
        for argv in (["show"], ["rotate"], ["kill", "01"]):
            with pytest.raises(SecretUnusable, match="set-up makes it"):
                change_keys(tmp_path / "none", argv, clock)


class TestKill:
    def test_of_the_current_key_puts_the_next_in_its_place(self, file: KeyFile) -> None:
        before = states(file)
        file.kill(before["current"][0])
        after = states(file)
        assert (after["dead"], after["current"]) == (before["current"], before["next"])
        assert len(after["next"]) == 1

    def test_of_the_next_key_makes_another(self, file: KeyFile) -> None:
        before = states(file)
        file.kill(before["next"][0])
        after = states(file)
        assert (after["dead"], after["current"]) == (before["next"], before["current"])
        assert after["next"] != before["next"]

    def test_of_a_previous_key_leaves_the_others(self, file: KeyFile) -> None:
        file.rotate()
        before = states(file)
        file.kill(before["previous"][0])
        assert states(file) == {
            "dead": before["previous"],
            "current": before["current"],
            "next": before["next"],
        }

    def test_leaves_nothing_of_the_key_but_its_name(self, file: KeyFile) -> None:
        dead = states(file)["current"][0]
        file.kill(dead)
        kept = next(jwk for jwk in read_jwks(file.path)["keys"] if jwk["kid"] == dead)
        assert set(kept) == {"kty", "kid", "state", "since"}

    def test_of_a_key_that_is_not_there_or_dead_is_refused(self, file: KeyFile) -> None:
        dead = states(file)["current"][0]
        file.kill(dead)
        for key_id in (dead, "zz"):
            with pytest.raises(KeyNotHeld):
                file.kill(key_id)

    def test_is_named_as_dead_ever_after(self, tree: Path, clock: HandClock) -> None:
        file = key_file(tree, "codes", clock)
        file.kill("01")
        for _ in range(260):
            clock.forward(days=30)
            file.rotate()
        assert states(file)["dead"] == ["01"]
        assert FileRing(file.path).dead == ("01",)


class TestTheCommand:
    def test_shows_each_key_and_when_it_may_be_rotated(self, tree: Path, clock: HandClock) -> None:
        said = change_keys(tree / "identity", ["rotate"], clock)
        for use in USES:
            for state in ("next", "current", "previous"):
                assert f"{use}  {state}" in said
            assert f"{use}  may be rotated from 2026-03-01 08:10:00 UTC" in said
        assert change_keys(tree / "identity", ["show"], clock) == said

    def test_never_shows_a_private_half(self, tree: Path, clock: HandClock) -> None:
        said = change_keys(tree / "identity", ["show"], clock)
        for use in USES:
            for jwk in read_jwks(tree / "identity" / f"{use}.jwks")["keys"]:
                assert not any(jwk[part] in said for part in ("d", "k") if part in jwk)

    def test_kills_by_id_wherever_the_key_is(self, tree: Path, clock: HandClock) -> None:
        kid = states(key_file(tree, "tokens", clock))["current"][0]
        assert f"tokens  dead      since 2026-03-01 08:00:00 UTC  {kid}" in change_keys(
            tree / "identity", ["kill", kid], clock
        )
        assert "codes  dead" in change_keys(tree / "identity", ["kill", "01", "codes"], clock)

    def test_kills_one_whose_id_begins_with_a_hyphen(self, tree: Path, clock: HandClock) -> None:
        with pytest.raises(KeyNotHeld):
            change_keys(tree / "identity", ["kill", "-a7_Thumbprint"], clock)

    @pytest.mark.parametrize("argv", [[], ["forget"], ["kill"], ["rotate", "passports"]])
    def test_says_how_it_is_used(self, tree: Path, clock: HandClock, argv: list[str]) -> None:
        with pytest.raises(SystemExit):
            change_keys(tree / "identity", argv, clock)


def look(*offices: Office) -> None:
    """What each process does every few seconds."""
    for office in offices:
        for ring in office.service.rings:
            ring.reload()


def checker_of(office: Office) -> TokenChecker:
    """Of its own tokens."""
    assert office.service.checker is not None
    return office.service.checker


async def who(office: Office, token: str) -> int:
    """Whether an access token is good here: an item of a list that is only asked for with one."""
    answer = await office.call("GET", "/v1/organisations/none", token)
    return answer.status_code


def code_of(tree: Path, clock: HandClock) -> tuple[CoseCodes, FileRing]:
    path = tree / "identity" / "codes.jwks"
    ring = FileRing(path)
    return CoseCodes(ring, siv_key(read_jwks(path))), ring


class TestTwoProcesses:
    async def test_accept_each_others_tokens_through_a_rotation(
        self, offices: tuple[Office, Office], tree: Path, clock: HandClock
    ) -> None:
        one, two = offices
        tokens = [await _fresh(one)]
        key_file(tree, "tokens", clock).rotate()
        look(one)
        await checker_of(one).refresh()
        tokens += [await _fresh(one), await _fresh(two)]
        look(two)
        await checker_of(two).refresh()
        tokens.append(await _fresh(two))
        assert len({_kid(token) for token in tokens}) == 2
        assert [await who(office, token) for office in offices for token in tokens] == [404] * 8

    async def test_publish_next_current_and_previous(
        self, offices: tuple[Office, Office], tree: Path, clock: HandClock
    ) -> None:
        file = key_file(tree, "tokens", clock)
        file.rotate()
        look(offices[1])
        answer = await offices[1].http.get("/.well-known/jwks.json")
        assert {jwk["kid"] for jwk in answer.json()["keys"]} == {key.key_id for key in file.listed()}
        assert all("d" not in jwk and "state" not in jwk for jwk in answer.json()["keys"])
        assert answer.headers["Cache-Control"] == "public, max-age=300"

    async def test_see_a_killed_key_without_being_told(
        self,
        offices: tuple[Office, Office],
        tree: Path,
        clock: HandClock,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """The loop itself, at another pace: what was signed with the key is refused by both."""
        monkeypatch.setattr("services.kernel.process.service.RINGS_EVERY_S", 0.01)
        async with Office(tree, clock, offices[0].documents, offices[0].bus) as third:
            stolen = await _fresh(third)
            assert await who(third, stolen) == 404
            key_file(tree, "tokens", clock).kill(_kid(stolen))
            await third.until(lambda: third.service.rings[0].dead == (_kid(stolen),))
            await third.until(lambda: _kid(stolen) not in checker_of(third)._keys)  # noqa: SLF001
            answer = await third.call("GET", "/v1/organisations/none", stolen)
            assert (answer.status_code, answer.json()["code"]) == (401, "token_rejected")
            assert await who(third, await _fresh(third)) == 404

    def test_accept_each_others_codes_through_a_rotation(self, tree: Path, clock: HandClock) -> None:
        (one, ring_one), (two, ring_two) = code_of(tree, clock), code_of(tree, clock)
        ends = clock.at + timedelta(minutes=1)
        texts = [one.write(holder_id=HOLDER, expires_at=ends)]
        key_file(tree, "codes", clock).rotate()
        assert ring_one.reload()
        texts += [codes.write(holder_id=HOLDER, expires_at=ends) for codes in (one, two)]
        assert {codes.read(text).holder_id for codes in (one, two) for text in texts} == {HOLDER}
        assert ring_two.reload()
        texts.append(two.write(holder_id=HOLDER, expires_at=ends))
        assert {codes.read(text).holder_id for codes in (one, two) for text in texts} == {HOLDER}

    def test_refuse_the_codes_of_a_killed_key_at_the_next_look(self, tree: Path, clock: HandClock) -> None:
        codes, ring = code_of(tree, clock)
        text = codes.write(holder_id=HOLDER, expires_at=clock.at + timedelta(minutes=1))
        key_file(tree, "codes", clock).kill("01")
        assert codes.read(text).holder_id == HOLDER
        assert ring.reload()
        with pytest.raises(CodeKeyUnknown):
            codes.read(text)
        assert codes.dead_keys == ("01",)
        assert [jwk["kid"] for jwk in codes.published["keys"]] == ["02", "03"]


async def _fresh(office: Office) -> str:
    """A token that this process signed just now."""
    answer = await office.ask_as_client(office.assertion("admin"))
    return str(answer.json()["access_token"])


def _kid(token: str) -> str:
    header: dict[str, Any] = jwt.get_unverified_header(token)
    return str(header["kid"])
