"""Signed heads: read by somebody else's rules, refused when anything of them is changed."""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey

from services.kernel.keys.jws import NotHeld
from services.kernel.keys.rings import HeldRing
from services.kernel.log.checkpoint import Checkpoint, NoteSigner, checked, note, read
from tests.kernel.log.lab import ORIGIN, key_pair

POINT = Checkpoint(origin=ORIGIN, size=7, root=bytes(range(32)))


@pytest.fixture
def ring() -> HeldRing:
    return HeldRing({"keys": [key_pair("one"), {**key_pair("two"), "state": "next"}]})


def signed(ring: HeldRing, point: Checkpoint = POINT) -> str:
    return note(point, NoteSigner(ring, point.origin).sign(point.text()))


class TestCheckpoint:
    def test_is_what_c2sp_writes_down(self, ring: HeldRing) -> None:
        """By hand from c2sp.org/signed-note: text, blank line, dash, name, key id and signature."""
        made = signed(ring)
        text, line = made.split("\n\n")
        assert text == f"{ORIGIN}\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
        dash, name, signature = line.removesuffix("\n").split(" ")
        assert (dash, name) == ("\u2014", ORIGIN)
        raw = base64.b64decode(signature)
        public = ECKey.import_key(ring.published["keys"][0]).public_key
        spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert raw[:4] == hashlib.sha256(spki).digest()[:4]
        public.verify(raw[4:], f"{text}\n".encode(), ECDSA(SHA256()))

    def test_is_read_back(self, ring: HeldRing) -> None:
        made = signed(ring)
        assert read(made) == checked(made, origin=ORIGIN, jwks=ring.published) == POINT

    def test_passes_over_the_signature_of_a_witness(self, ring: HeldRing) -> None:
        witness = base64.b64encode(b"1234" + b"x" * 72).decode()
        made = f"{signed(ring)}\u2014 witness.example/w1 {witness}\n"
        assert checked(made, origin=ORIGIN, jwks=ring.published) == POINT

    def test_is_refused_with_a_signature_of_ours_that_does_not_hold(self, ring: HeldRing) -> None:
        other = signed(ring, Checkpoint(origin=ORIGIN, size=8, root=POINT.root)).split("\n\n")[1]
        with pytest.raises(NotHeld):
            checked(f"{signed(ring)}{other}", origin=ORIGIN, jwks=ring.published)

    def test_is_refused_from_another_log_or_another_key(self, ring: HeldRing) -> None:
        with pytest.raises(NotHeld):
            checked(signed(ring), origin="yima.example/other", jwks=ring.published)
        with pytest.raises(NotHeld):
            checked(signed(HeldRing({"keys": [key_pair("one")]})), origin=ORIGIN, jwks=ring.published)

    def test_is_refused_with_any_character_changed(self, ring: HeldRing) -> None:
        made = signed(ring)
        for place in range(len(made)):
            for other in "A1\n ":
                if made[place] == other:
                    continue
                changed = made[:place] + other + made[place + 1 :]
                with pytest.raises(NotHeld):
                    checked(changed, origin=ORIGIN, jwks=ring.published)

    @pytest.mark.parametrize("bad", ["", "a\n1\n", f"{ORIGIN}\n01\n{'A' * 43}=\n\n— x y\n", "\n\n\n"])
    def test_is_nothing_else(self, bad: str) -> None:
        with pytest.raises(NotHeld):
            read(bad)

    def test_is_signed_by_the_key_that_is_current_now(self, ring: HeldRing) -> None:
        signer = NoteSigner(ring, ORIGIN)
        first = signer.sign(POINT.text())
        keys = [{**key_pair("one"), "state": "previous"}, key_pair("two")]
        ring._take({"keys": keys})  # noqa: SLF001 - as a rotation does
        second = signer.sign(POINT.text())
        assert base64.b64decode(first.split()[2])[:4] != base64.b64decode(second.split()[2])[:4]
        assert checked(note(POINT, second), origin=ORIGIN, jwks=ring.published) == POINT
