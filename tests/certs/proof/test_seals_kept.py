"""The authorities' seals: made when first needed, by two processes at once, and the same ever after."""

import json
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from services.certs.proof import Seals
from services.certs.proof.rotation import rotate
from services.kernel.clock import SystemClock
from tests.certs.proof.desk import BUREAU, OTHER, StillClock

NAME = "郧西县市场监督管理局"


def seals(folder: Path) -> Seals:
    return Seals(folder, name="一码电子证照平台", clock=SystemClock())


class TestASeal:
    def test_is_of_a_key_of_its_own_under_the_root(self, tmp_path: Path) -> None:
        made = seals(tmp_path)
        key, (own, root) = made.of(BUREAU, NAME)
        own.verify_directly_issued_by(root)
        assert own.public_key() == key.public_key()
        assert root == made.root
        own_key = own.public_key()
        assert isinstance(own_key, ec.EllipticCurvePublicKey)
        own_key.verify(key.sign(b"a page", ec.ECDSA(SHA256())), b"a page", ec.ECDSA(SHA256()))
        other, _ = made.of(OTHER, "另一机构")
        assert other.public_key() != key.public_key()

    def test_is_the_same_for_every_process_and_after_every_start(self, tmp_path: Path) -> None:
        first = seals(tmp_path).of(BUREAU, NAME)[1]
        assert seals(tmp_path).of(BUREAU, "同一机构的另一种写法")[1] == first

    def test_is_one_where_many_need_it_first(self, tmp_path: Path) -> None:
        found: list[tuple[x509.Certificate, ...]] = []
        begin = threading.Barrier(8)

        def need() -> None:
            begin.wait()
            found.append(seals(tmp_path).of(BUREAU, NAME)[1])

        threads = [threading.Thread(target=need) for _ in range(8)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert len(found) == 8
        assert len(set(found)) == 1
        assert not [one for one in tmp_path.iterdir() if one.name.startswith(".")]

    def test_is_kept_from_others(self, tmp_path: Path) -> None:
        seals(tmp_path / "seals").of(BUREAU, NAME)
        files = list((tmp_path / "seals").iterdir())
        assert len(files) == 4
        assert {stat.S_IMODE(one.stat().st_mode) for one in files} == {0o600}
        assert stat.S_IMODE((tmp_path / "seals").stat().st_mode) == 0o700

    def test_gets_a_certificate_of_its_own_after_a_change_of_keys(self, tmp_path: Path) -> None:
        made = seals(tmp_path)
        before, chain_before = made.of(BUREAU, NAME)
        rotate(tmp_path / f"{BUREAU}.jwks", at=datetime.now(UTC) + timedelta(days=3))
        after, (own, root) = made.of(BUREAU, NAME)
        assert after.public_key() != before.public_key()
        own.verify_directly_issued_by(root)
        assert root == chain_before[1]

    def test_tells_which_keys_are_dead(self, tmp_path: Path) -> None:
        made = seals(tmp_path)
        made.of(BUREAU, NAME)
        path = tmp_path / f"{BUREAU}.jwks"
        keys = json.loads(path.read_text())["keys"]
        dead = keys[0]["kid"]
        assert not made.is_dead(BUREAU, dead)
        keys[0]["state"], keys[1]["state"] = "dead", "current"
        path.write_text(json.dumps({"keys": keys}))
        assert made.is_dead(BUREAU, dead)
        assert not made.is_dead(OTHER, dead)

    @pytest.mark.parametrize("authority", ["../root", "root", "", "11420322011424067k"])
    def test_is_of_a_credit_code_and_of_nothing_else(self, tmp_path: Path, authority: str) -> None:
        made = Seals(tmp_path, name="x", clock=StillClock())
        with pytest.raises(ValueError, match="credit code"):
            made.of(authority, NAME)
        assert not made.is_dead(authority, "k")
