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
from cryptography.x509.oid import NameOID

from services.certs.faces import Faces, check_pdf, sign_pdf
from services.certs.proof import Seals
from services.certs.proof.rotation import rotate
from services.kernel.clock import Clock, SystemClock
from tests.certs.faces.samples import a_face
from tests.certs.proof.desk import BUREAU, OTHER, StillClock
from tests.kernel.things import HandClock

NAME = "郧西县市场监督管理局"


def seals(folder: Path, clock: Clock | None = None) -> Seals:
    return Seals(folder, name="一码电子证照平台", clock=clock or SystemClock())


def called(certificate: x509.Certificate) -> str:
    (name,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(name.value)


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


class TestTheNextCertificateOfASeal:
    def test_comes_a_year_before_the_end_and_is_one_for_every_process(self, tmp_path: Path) -> None:
        clock = HandClock()
        one, other = seals(tmp_path, clock), seals(tmp_path, clock)
        key, (first, root) = one.of(BUREAU, NAME)
        clock.pass_by(days=9 * 365 - 1)
        assert one.of(BUREAU, NAME)[1][0] == first
        clock.pass_by(days=2)
        again, (second, _) = one.of(BUREAU, NAME)
        assert again.public_key() == key.public_key()
        second.verify_directly_issued_by(root)
        assert second.not_valid_after_utc > first.not_valid_after_utc
        assert other.of(BUREAU, NAME)[1][0] == seals(tmp_path, clock).of(BUREAU, NAME)[1][0] == second

    def test_ends_with_the_root_and_is_then_the_last(self, tmp_path: Path) -> None:
        clock = HandClock()
        made = seals(tmp_path, clock)
        for _ in range(60):
            own, root = made.of(BUREAU, NAME)[1]
            clock.pass_by(days=182)
        assert own.not_valid_after_utc == root.not_valid_after_utc
        assert len(list(tmp_path.glob(f"{BUREAU}.*.pem"))) == 4

    def test_has_the_name_that_the_authority_has_now(self, tmp_path: Path) -> None:
        made = seals(tmp_path)
        assert called(made.of(BUREAU, NAME)[1][0]) == NAME
        assert called(made.of(BUREAU, NAME, registered="郧西县行政审批局")[1][0]) == "郧西县行政审批局"
        # However a page writes it, and where nobody told the name.
        assert (
            called(made.of(BUREAU, "郧西市监局", registered="郧西县行政审批局")[1][0]) == "郧西县行政审批局"
        )
        assert called(seals(tmp_path).of(BUREAU, NAME)[1][0]) == "郧西县行政审批局"
        assert len(list(tmp_path.glob(f"{BUREAU}.*.pem"))) == 2

    def test_waits_for_the_key_of_the_root_where_that_is_in_a_safe(self, tmp_path: Path) -> None:
        clock = HandClock()
        _, before = seals(tmp_path, clock).of(BUREAU, NAME)
        (tmp_path / "root.jwks").rename(tmp_path / "safe")
        clock.pass_by(days=9 * 365 + 1)
        assert seals(tmp_path, clock).of(BUREAU, NAME)[1] == before
        assert not (tmp_path / "root.jwks").exists()
        (tmp_path / "safe").rename(tmp_path / "root.jwks")
        own, root = seals(tmp_path, clock).of(BUREAU, NAME)[1]
        assert own != before[0]
        own.verify_directly_issued_by(root)

    def test_leaves_what_was_sealed_before_as_good_as_it_was(self, tmp_path: Path) -> None:
        clock, page = HandClock(), Faces().pdf(a_face())
        made = seals(tmp_path, clock)
        old = sign_pdf(page, *made.of(BUREAU, NAME), at=clock.now())
        clock.pass_by(days=9 * 365 + 1)
        new = sign_pdf(page, *made.of(BUREAU, NAME, registered="郧西县行政审批局"), at=clock.now())
        found = [check_pdf(one, [made.root], at=clock.now()) for one in (old, new)]
        assert [(one.integrity, one.issuer, one.signed_by) for one in found] == [
            ("valid", "valid", NAME),
            ("valid", "valid", "郧西县行政审批局"),
        ]
        clock.pass_by(days=2 * 365)
        assert check_pdf(old, [made.root], at=clock.now()).issuer_reason == "pdf_issuer_expired"
        assert check_pdf(new, [made.root], at=clock.now()).issuer == "valid"
