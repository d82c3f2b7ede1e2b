"""A key of its own for each authority: made once, kept from others, changed without anybody being refused."""

import json
import multiprocessing
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import jwt
import pytest

from services.certs.proof import Addresses, FileRings, ensure_ring, issue_vc, read_trust, trust_list
from services.certs.proof.rotation import PUBLISHED_BEFORE, KeyNotHeld, RotationTooEarly, kill, rotate
from services.kernel.keys.rings import Signer
from services.kernel.keys.secrets import SecretUnusable
from tests.certs.proof.desk import BUREAU, NOW, OTHER, Desk, StillClock, codes, states

LATER = NOW + PUBLISHED_BEFORE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "authorities"


@pytest.fixture
def rings(folder: Path) -> FileRings:
    return FileRings(folder, clock=StillClock())


@pytest.fixture
def own(tmp_path: Path) -> Desk:
    """One whose keys a test may change."""
    return Desk.at(tmp_path)


def first_key(folder: Path) -> str:
    return FileRings(folder, clock=StillClock()).ring(BUREAU).current.key_id


class TestFirstUse:
    def test_each_authority_has_a_key_of_its_own(self, rings: FileRings) -> None:
        assert rings.ring(BUREAU).current.key_id != rings.ring(OTHER).current.key_id
        assert rings.authorities() == sorted([BUREAU, OTHER])

    def test_another_process_finds_the_same(self, rings: FileRings, folder: Path) -> None:
        assert rings.ring(BUREAU).current.key_id == first_key(folder)

    def test_the_next_key_is_published_from_the_start(self, rings: FileRings) -> None:
        published = rings.ring(BUREAU).published["keys"]
        assert len(published) == 2
        assert not any("d" in jwk for jwk in published)

    def test_nobody_else_can_read_it(self, rings: FileRings, folder: Path) -> None:
        rings.ring(BUREAU)
        (path,) = folder.iterdir()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700

    def test_a_file_that_others_can_read_is_refused(self, rings: FileRings, folder: Path) -> None:
        rings.ring(BUREAU)
        (folder / f"{BUREAU}.jwks").chmod(0o640)
        with pytest.raises(SecretUnusable, match="open to others"):
            first_key(folder)

    def test_processes_at_once_end_with_one_key(self, tmp_path: Path) -> None:
        with multiprocessing.get_context("spawn").Pool(4) as processes:
            for number in range(5):
                folder = tmp_path / str(number)
                assert len(set(processes.map(first_key, [folder] * 8, chunksize=1))) == 1
                assert [path.name for path in folder.iterdir()] == [f"{BUREAU}.jwks"]

    def test_what_stands_is_never_made_anew(self, tmp_path: Path) -> None:
        path = tmp_path / "status.jwks"
        ensure_ring(path, at=NOW)
        before = path.read_text()
        ensure_ring(path, at=LATER)
        assert path.read_text() == before


class TestAsking:
    @pytest.mark.parametrize(
        "odd",
        ["", "../../secret", "1142032201142406K", f"{BUREAU}/..", f"{BUREAU}\n", BUREAU.lower(), "％" * 18],
    )
    def test_nothing_but_a_credit_code_becomes_a_path(self, rings: FileRings, odd: str) -> None:
        assert rings.find(odd) is None
        with pytest.raises(ValueError, match="credit code"):
            rings.ring(odd)

    def test_asking_for_an_authority_makes_no_key(self, rings: FileRings, folder: Path) -> None:
        assert rings.find(BUREAU) is None
        assert not folder.exists()

    def test_other_files_are_no_authorities(self, rings: FileRings, folder: Path) -> None:
        rings.ring(BUREAU)
        (folder / "notes.jwks").write_text("x")
        assert rings.authorities() == [BUREAU]


class TestMetadata:
    def test_stands_where_a_verifier_looks(self) -> None:
        addresses = Addresses("https://yima.example:8443/certs")
        assert addresses.issuer(BUREAU) == f"https://yima.example:8443/certs/authorities/{BUREAU}"
        assert addresses.metadata_path(BUREAU) == f"/.well-known/jwt-vc-issuer/certs/authorities/{BUREAU}"

    def test_has_the_name_in_iss_and_the_public_keys(self, desk: Desk) -> None:
        ring = desk.rings.ring(BUREAU)
        said = desk.addresses.metadata(BUREAU, ring, name="郧西县市场监督管理局")
        assert said["issuer"] == desk.credential().issuer
        assert said["jwks"] == ring.published
        assert "dead_keys" not in said
        assert '"d"' not in json.dumps(said)

    @pytest.mark.parametrize(
        "base",
        [
            "http://yima.example",
            "https://yima.example/",
            "https://",
            "yima.example",
            "https://a b",
            "https://A.b",
            "https://a/../b",
        ],
    )
    def test_a_base_that_is_no_plain_https_address_is_refused(self, base: str) -> None:
        with pytest.raises(ValueError, match="needed https"):
            Addresses(base)

    def test_an_issuer_is_a_credit_code(self, desk: Desk) -> None:
        with pytest.raises(ValueError, match="credit code"):
            desk.addresses.issuer("../x")


class TestRotation:
    def test_the_next_key_signs_and_all_are_published(self, own: Desk) -> None:
        path = own.folder / "authorities" / f"{BUREAU}.jwks"
        before = [jwk["kid"] for jwk in own.rings.ring(BUREAU).published["keys"]]
        rotate(path, at=LATER)
        ring = own.rings.ring(BUREAU)
        assert ring.current.key_id == before[1]
        assert [jwk["kid"] for jwk in ring.published["keys"]][:2] == before
        assert len(ring.published["keys"]) == 3

    def test_what_the_previous_key_signed_holds_for_good(self, own: Desk) -> None:
        token = own.issue()
        path = own.folder / "authorities" / f"{BUREAU}.jwks"
        for turn in range(1, 4):
            rotate(path, at=NOW + turn * PUBLISHED_BEFORE)
        assert own.verdict(token, own.list_of()).state == "valid"
        assert own.verdict(own.issue(), own.list_of()).state == "valid"

    def test_a_previous_key_is_no_longer_there_to_be_stolen(self, own: Desk) -> None:
        path = own.folder / "authorities" / f"{BUREAU}.jwks"
        rotate(path, at=LATER)
        held = {jwk["state"]: jwk for jwk in json.loads(path.read_text())["keys"]}
        assert "d" not in held["previous"]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_waits_until_everybody_has_the_next_key(self, own: Desk) -> None:
        path = own.folder / "authorities" / f"{BUREAU}.jwks"
        before = path.read_text()
        with pytest.raises(RotationTooEarly):
            rotate(path, at=LATER - timedelta(seconds=1))
        assert path.read_text() == before
        rotate(path, at=NOW, forced=True)
        assert path.read_text() != before

    def test_what_a_list_of_before_has_is_enough_afterwards(self, own: Desk) -> None:
        trust = own.trust
        rotate(own.folder / "authorities" / f"{BUREAU}.jwks", at=LATER)
        assert own.verdict(own.issue(), own.list_of(), trust=trust).state == "valid"

    def test_two_at_once_lose_no_key(self, tmp_path: Path) -> None:
        path = tmp_path / "status.jwks"
        ensure_ring(path, at=NOW)
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda _: rotate(path, at=NOW, forced=True), range(40)))
        found = [jwk["state"] for jwk in json.loads(path.read_text())["keys"]]
        assert sorted(found) == ["current", "next", *["previous"] * 40]


class TestKilling:
    def test_what_a_dead_key_signed_is_worth_nothing(self, own: Desk) -> None:
        token = own.issue()
        path = own.folder / "authorities" / f"{BUREAU}.jwks"
        kill(path, jwt.get_unverified_header(token.split("~")[0])["kid"], at=NOW)
        verdict = own.verdict(token, own.list_of())
        assert codes(verdict) == ("proof_key_dead", "proof_not_asked", "proof_key_dead")
        assert states(verdict) == ("unknown", "unknown", "invalid")

    def test_the_next_key_signs_at_once(self, own: Desk) -> None:
        path = own.folder / "authorities" / f"{BUREAU}.jwks"
        trust = own.trust
        kill(path, own.rings.ring(BUREAU).current.key_id, at=NOW)
        assert own.verdict(own.issue(), own.list_of(), trust=trust).state == "valid"
        assert len(own.rings.ring(BUREAU).published["keys"]) == 2

    def test_of_the_dead_the_id_alone_stays(self, own: Desk) -> None:
        path = own.folder / "authorities" / f"{BUREAU}.jwks"
        kid = own.rings.ring(BUREAU).current.key_id
        kill(path, kid, at=NOW)
        (dead,) = (jwk for jwk in json.loads(path.read_text())["keys"] if jwk["kid"] == kid)
        assert dead.keys() == {"kty", "kid", "state", "since"}
        ring = own.rings.ring(BUREAU)
        assert own.addresses.metadata(BUREAU, ring)["dead_keys"] == [kid]

    def test_a_key_that_is_not_there_is_said_so(self, own: Desk) -> None:
        path = own.folder / "authorities" / f"{BUREAU}.jwks"
        kid = own.rings.ring(BUREAU).current.key_id
        kill(path, kid, at=NOW)
        for odd in (kid, "none"):
            with pytest.raises(KeyNotHeld):
                kill(path, odd, at=NOW)

    def test_an_older_list_cannot_make_it_live_again(self, own: Desk) -> None:
        token, before = own.issue(), own.published
        path = own.folder / "authorities" / f"{BUREAU}.jwks"
        kill(path, own.rings.ring(BUREAU).current.key_id, at=NOW)
        joined = read_trust(own.published, before)
        assert own.verdict(token, trust=joined).issuer.code == "proof_key_dead"


class TestManyAuthorities:
    def test_only_those_that_are_asked_for_are_read(self, folder: Path) -> None:
        maker = FileRings(folder, clock=StillClock())
        maker.ring(BUREAU)
        (folder / f"{OTHER}.jwks").write_text("not JSON, and open to all")
        assert FileRings(folder, clock=StillClock()).ring(BUREAU).current.key_id == first_key(folder)

    def test_a_list_of_all_is_made_of_public_halves(self, desk: Desk) -> None:
        said = trust_list(
            [desk.addresses.metadata(one, desk.rings.ring(one)) for one in desk.rings.authorities()],
            desk.status_ring,
        )
        assert '"d"' not in json.dumps(said)
        assert len(read_trust(json.dumps(said)).issuers) == 2

    def test_a_key_in_hardware_signs_through_the_port(self, desk: Desk) -> None:
        """Whatever has a `key_id` and signs bytes is a key."""

        class Hardware:
            published = desk.rings.ring(BUREAU).published
            dead = ()
            current = desk.rings.ring(BUREAU).current

        token = issue_vc(desk.credential(), Signer(Hardware()), salts=bytes)
        assert desk.verdict(token, desk.list_of()).state == "valid"
