"""SM2 with SM3: the published example, another implementation, malformed input, and machines without it."""

import gc
import json
import stat
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import gmalg
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jwt.utils import base64url_decode, base64url_encode

from services.certs.proof import FileRings, Shelf, disclose, pack, read_trust, read_vc, sign, sign_cwt, sm2
from services.certs.proof.evp import Libcrypto, libcrypto
from services.certs.proof.libcrypto import NAMES, LibcryptoFailed, LibcryptoMissing, bound, load
from services.certs.proof.refusals import KeyNotListed, ProofForged, StatusUnusable, SuiteMissing
from services.certs.proof.rotation import PUBLISHED_BEFORE, kill, rotate
from services.certs.proof.sm2 import ORDER, Sm2PublicKey, Sm2SigningKey, missing, new_sm2_key, thumbprint
from services.certs.proof.suites import public_keys, suite_of
from services.certs.proof.x509 import public_key
from services.kernel.errors import Unavailable
from services.kernel.keys.published import usable
from services.kernel.keys.rings import HeldRing, Signer
from tests.certs.proof.desk import BUREAU, FIELDS, INDEX, NOW, OTHER, Desk, StillClock, codes, states
from tests.identity.forgery import Mint, b64

REASON = missing()
needs_sm2 = pytest.mark.skipif(bool(REASON), reason=f"SM2: {REASON}")
# GM/T 0003.5-2012 (GB/T 32918.5-2017), annex A.2: the example of a signature on the recommended curve.
ID = b"1234567812345678"
MESSAGE = b"message digest"
SECRET = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
X = bytes.fromhex("09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020")
Y = bytes.fromhex("CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13")
CHANCE = bytes.fromhex("59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21")
R = bytes.fromhex("F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3")
S = bytes.fromhex("B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA")
FIELD = 2**256 - 2**224 - 2**96 + 2**64 - 1


def text(number: bytes | int) -> str:
    raw = number if isinstance(number, bytes) else number.to_bytes(32)
    return base64url_encode(raw).decode()


def jwk_of(x: bytes | int = X, y: bytes | int = Y, **more: Any) -> dict[str, Any]:
    return {"kty": "EC", "crv": "SM2", "x": text(x), "y": text(y), "kid": "k", **more}


def holds(signature: bytes, *, message: bytes = MESSAGE, key: Mapping[str, Any] | None = None) -> bool:
    public = Sm2PublicKey(key or jwk_of())
    return public.Algorithm.verify(message, public.key, signature)


def theirs(jwk: Mapping[str, Any], *, uid: bytes = ID) -> gmalg.SM2:
    """The independent implementation, with the same key."""
    raw = {name: base64url_decode(str(jwk[name])) for name in ("x", "y", "d") if name in jwk}
    return gmalg.SM2(raw.get("d"), uid, b"\x04" + raw["x"] + raw["y"])


@needs_sm2
class TestPublished:
    def test_its_signature_holds(self) -> None:
        assert holds(R + S)

    @pytest.mark.parametrize("place", range(0, 64, 7))
    def test_no_other_does(self, place: int) -> None:
        changed = bytearray(R + S)
        changed[place] ^= 1
        assert not holds(bytes(changed))
        assert not holds(R + S, message=b"message digesT")

    def test_its_private_key_signs_what_its_public_key_checks(self) -> None:
        key = Sm2SigningKey(jwk_of(d=text(SECRET)))
        assert holds(key.sign(MESSAGE))
        assert key.sign(MESSAGE) != key.sign(MESSAGE)

    def test_the_other_implementation_makes_it_too(self) -> None:
        """So that what checks us is itself checked."""
        by = gmalg.SM2(SECRET, ID, b"\x04" + X + Y, rnd_fn=lambda _: int.from_bytes(CHANCE))
        assert by.sign(MESSAGE) == (R, S)


def signed_by(other: gmalg.SM2, message: bytes) -> bytes:
    """gmalg leaves out zeros at the front, in one of 128 signatures."""
    return b"".join(part.rjust(32, b"\0") for part in other.sign(message))


@needs_sm2
class TestIndependent:
    """gmalg, pure Python: both ways."""

    @settings(deadline=None, max_examples=25)
    @given(message=st.binary(max_size=3000))
    @example(message=b"")
    def test_they_read_ours_and_we_theirs(self, message: bytes) -> None:
        jwk = new_sm2_key()
        ours = Sm2SigningKey(jwk).sign(message)
        assert len(ours) == 64
        assert theirs(jwk).verify(message, ours[:32], ours[32:])
        assert holds(signed_by(theirs(jwk), message), message=message, key=jwk)
        assert not holds(signed_by(theirs(jwk), message), message=message + b"x", key=jwk)

    def test_a_key_of_theirs_is_one_of_ours(self) -> None:
        secret, public = gmalg.SM2().generate_keypair()
        jwk = jwk_of(public[1:33], public[33:], d=text(secret))
        signature = Sm2SigningKey(jwk).sign(MESSAGE)
        assert theirs(jwk).verify(MESSAGE, signature[:32], signature[32:])

    def test_the_user_id_is_part_of_what_is_signed(self) -> None:
        jwk = new_sm2_key()
        for odd in (b"x", b"ALICE123@YAHOO.COM", b"1234567812345679"):
            assert not holds(signed_by(theirs(jwk, uid=odd), MESSAGE), key=jwk)
            ours = Sm2SigningKey(jwk).sign(MESSAGE)
            assert not theirs(jwk, uid=odd).verify(MESSAGE, ours[:32], ours[32:])


def small_point() -> tuple[int, int]:
    """A point whose first coordinate leaves room for the field in 256 bits."""
    b = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
    for x in range(100):
        square = (x**3 - 3 * x + b) % FIELD
        if (root := pow(square, (FIELD + 1) // 4, FIELD)) ** 2 % FIELD == square:
            return x, root
    raise AssertionError("half of all numbers are squares")


NUMBERS = st.integers(0, 2**256 - 1) | st.sampled_from(
    [0, 1, 2, ORDER - 1, ORDER, ORDER + 1, FIELD - 1, FIELD, FIELD + 1, 2**256 - 1]
)


@needs_sm2
class TestMalformed:
    @given(signature=st.binary(max_size=140))
    @example(signature=b"")
    @example(signature=(R + S)[:63])
    @example(signature=R + S + b"\x00")
    @example(signature=b"\x00" + R + S)
    @example(signature=R + b"\x00" + S)
    @example(signature=b"\x30\x44\x02\x20" + R + b"\x02\x20" + S)
    def test_any_bytes_are_no_signature(self, signature: bytes) -> None:
        assert not holds(signature)

    @given(r=NUMBERS, s=NUMBERS)
    @example(r=int.from_bytes(R), s=ORDER - int.from_bytes(R))
    def test_no_two_numbers_are(self, r: int, s: int) -> None:
        assert not holds(r.to_bytes(32) + s.to_bytes(32))

    @pytest.mark.parametrize("odd", [0, ORDER, ORDER + 5, 2**256 - 1], ids=hex)
    def test_out_of_range_is_refused_with_either_half_genuine(self, odd: int) -> None:
        assert not holds(R + odd.to_bytes(32))
        assert not holds(odd.to_bytes(32) + S)

    def test_a_number_and_the_order_more_are_not_the_same(self) -> None:
        """Else one signature would have two forms."""
        jwk, room = new_sm2_key(), 2**256 - ORDER
        key = Sm2SigningKey(jwk)
        assert room < 2**225
        signature = key.sign(MESSAGE)
        r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
        for other_r, other_s in ((r + ORDER, s), (r, s + ORDER), (ORDER - r, s), (r, ORDER - s)):
            if max(other_r, other_s) < 2**256:
                assert not holds(other_r.to_bytes(32) + other_s.to_bytes(32), key=jwk)

    @given(x=NUMBERS, y=NUMBERS)
    @example(x=0, y=0)
    @example(x=int.from_bytes(X), y=int.from_bytes(Y) ^ 1)
    @example(x=int.from_bytes(Y), y=int.from_bytes(X))
    def test_no_two_numbers_are_a_key(self, x: int, y: int) -> None:
        with pytest.raises(ValueError, match="point"):
            Sm2PublicKey(jwk_of(x, y))
        with pytest.raises(LibcryptoFailed):
            libcrypto().key(x.to_bytes(32) + y.to_bytes(32))

    def test_a_coordinate_and_the_field_more_are_not_the_same(self) -> None:
        """Else one key would have two ids."""
        x, y = small_point()
        assert Sm2PublicKey(jwk_of(x, y)).point == x.to_bytes(32) + y.to_bytes(32)
        with pytest.raises(ValueError, match="point"):
            Sm2PublicKey(jwk_of(x + FIELD, y))

    @given(point=st.binary(max_size=100).filter(lambda point: len(point) != 64))
    def test_libcrypto_takes_no_point_of_another_length(self, point: bytes) -> None:
        with pytest.raises(LibcryptoFailed):
            libcrypto().key(point)

    @given(signature=st.binary(max_size=140))
    @example(signature=b"\x30\x00")
    @example(signature=b"\x30\x06\x02\x01\x00\x02\x01\x00")
    def test_libcrypto_survives_any_der(self, signature: bytes) -> None:
        try:
            assert not libcrypto().verify(Sm2PublicKey(jwk_of()).held, MESSAGE, signature)
        except LibcryptoFailed:
            return

    @pytest.mark.parametrize("secret", [0, ORDER - 1, ORDER, 2**256 - 1], ids=hex)
    def test_a_private_number_out_of_range_is_refused(self, secret: int) -> None:
        with pytest.raises(ValueError, match="private number"):
            Sm2SigningKey(jwk_of(d=text(secret)))

    def test_a_private_number_has_its_whole_length(self) -> None:
        with pytest.raises(ValueError, match="31 bytes"):
            Sm2SigningKey(jwk_of(d=text(b"\x01" * 31)))

    def test_of_two_keys_with_one_id_the_one_that_everybody_reads_counts(self, desk: Desk) -> None:
        other = {**desk.rings.ring(BUREAU).published["keys"][0], "kid": "k"}
        for keys in ([jwk_of(), other], [other, jwk_of()]):
            assert public_keys({"keys": keys})["k"].algorithm_name == "ES256"

    @pytest.mark.parametrize(
        "odd",
        [
            {"kty": "OKP"}, {"crv": "P-256"}, {"crv": "sm2"}, {"crv": None}, {"alg": "ES256"}, {"x": ""},
            {"x": text(X[:31])}, {"x": text(b"\x00" + X)}, {"x": "!" * 43}, {"x": 7}, {"x": None}, {"y": [1]},
            {"x": "é" * 43}, {"x": f"{text(X)[:9]}\n{text(X)[9:]}"}, {"x": f"{text(X)}===="}, {"y": text(X)},
        ],
        ids=str,
    )  # fmt: skip
    def test_a_key_of_another_form_takes_no_other_with_it(self, odd: dict[str, Any]) -> None:
        good = jwk_of(kid="good")
        assert set(public_keys({"keys": [{**jwk_of(kid="odd"), **odd}, 7, None, {}, good]})) == {"good"}


@pytest.fixture
def own(tmp_path: Path) -> Desk:
    return Desk.at(tmp_path, suite="SM2")


def path_of(desk: Desk) -> Path:
    return desk.folder / "authorities" / f"{BUREAU}.jwks"


def with_head(token: str, key: Sm2SigningKey, **head: object) -> str:
    """The same certificate with another header, signed by the same key."""
    signed, _, rest = token.partition("~")
    first = json.loads(base64url_decode(signed.split(".")[0])) | head
    body = f"{b64(json.dumps(first).encode())}.{signed.split('.')[1]}"
    return f"{body}.{text(key.sign(body.encode()))}~{rest}"


@needs_sm2
class TestCertificates:
    def test_one_signed_so_is_valid_where_the_list_names_the_key(self, own: Desk) -> None:
        verdict = own.verdict(own.issue(), own.list_of())
        assert states(verdict) == ("valid", "valid", "valid")
        part = disclose(own.issue(), ["fields.scope"])
        assert read_vc(part, own.trust, at=NOW).fields == {"scope": FIELDS["scope"]}

    def test_its_header_and_key_say_which_suite(self, own: Desk) -> None:
        head = json.loads(base64url_decode(own.issue().split(".")[0]))
        (jwk, *_) = own.rings.ring(BUREAU).published["keys"]
        assert head == {"alg": "SM2", "kid": jwk["kid"], "typ": "dc+sd-jwt"}
        assert (jwk["kty"], jwk["crv"], jwk["alg"], jwk["use"]) == ("EC", "SM2", "SM2", "sig")
        assert jwk["kid"] == thumbprint(jwk)

    def test_another_implementation_checks_it_from_the_page_alone(self, own: Desk) -> None:
        head, body, signature = own.issue().split("~", maxsplit=1)[0].split(".")
        raw = base64url_decode(signature)
        (jwk, *_) = own.rings.ring(BUREAU).published["keys"]
        assert theirs(jwk).verify(f"{head}.{body}".encode(), raw[:32], raw[32:])

    def test_a_list_without_the_key_knows_nothing_of_it(self, own: Desk, desk: Desk) -> None:
        verdict = desk.verdict(own.issue(), own.list_of())
        assert codes(verdict) == ("proof_key_unknown", "proof_not_asked", "proof_key_unknown")
        with pytest.raises(KeyNotListed):
            read_vc(own.issue(), desk.trust, at=NOW)

    def test_another_authoritys_key_is_another_issuer(self, own: Desk) -> None:
        assert own.verdict(own.issue(signed_by=OTHER), own.list_of()).issuer.code == "proof_issuer_other"

    def test_a_changed_one_is_forged(self, own: Desk) -> None:
        signed, _, rest = own.issue().partition("~")
        head, body, signature = signed.split(".")
        for odd in (
            text(bytes(64)), text(b"\xff" * 64), text(b"x"), text(base64url_decode(signature)[:-1]),
            text(base64url_decode(signature) + b"\x00"), text(b"\x30\x44" + base64url_decode(signature)),
        ):  # fmt: skip
            assert own.verdict(f"{head}.{body}.{odd}~{rest}").integrity.code == "proof_forged"
        other = own.issue(claims={"name": "x"}).split(".")[1]
        assert own.verdict(f"{head}.{other}.{signature}~").integrity.code == "proof_forged"

    def test_the_key_and_not_the_token_says_which_suite(self, own: Desk, desk: Desk) -> None:
        key = cast("Sm2SigningKey", own.rings.ring(BUREAU).current)
        token = own.issue()
        assert own.verdict(with_head(token, key), own.list_of()).state == "valid"
        assert own.verdict(with_head(token, key, alg="ES256")).integrity.code == "proof_forged"
        for odd in ("sm2", "SM2-SM3", "none", "ES256K", None):
            assert own.verdict(with_head(token, key, alg=odd)).integrity.code == "proof_unreadable"
        mint = Mint.of(desk.issue().split("~", maxsplit=1)[0], desk.private())
        assert desk.verdict(f"{mint.with_head(alg='SM2')}~").integrity.code == "proof_forged"

    def test_a_key_that_is_named_for_es256_is_not_taken_for_sm2(self, own: Desk) -> None:
        said = json.loads(own.published)
        for issuer in said["issuers"]:
            issuer["jwks"]["keys"] = [jwk | {"alg": "ES256"} for jwk in issuer["jwks"]["keys"]]
        verdict = own.verdict(own.issue(), trust=read_trust(json.dumps(said)))
        assert verdict.integrity.code == "proof_key_unknown"

    def test_an_authority_lists_its_own_with_it_as_jwt_alone(self, own: Desk) -> None:
        claims = pack(own.addresses.status_list(0), {INDEX: "suspended"}, at=NOW)
        token = sign(claims, Signer(own.rings.ring(BUREAU)))
        assert own.verdict(own.issue(), token).status.code == "proof_suspended"
        with pytest.raises(ValueError, match="ES256"):
            sign_cwt(claims, own.rings.ring(BUREAU).current)

    def test_a_cwt_that_names_such_a_key_does_not_hold(self, own: Desk) -> None:
        class Claiming:
            key_id = own.rings.ring(BUREAU).current.key_id
            algorithm = "ES256"
            sign = own.rings.ring(BUREAU).current.sign

        token = sign_cwt(pack(own.addresses.status_list(0), {}, at=NOW), Claiming())
        verdict = own.verdict(own.issue(), token)  # type: ignore[arg-type]
        assert verdict.status.code == StatusUnusable.code

    @settings(deadline=None)
    @given(signature=st.binary(min_size=1, max_size=100))
    def test_any_signature_gets_a_verdict(self, signature: bytes) -> None:
        trust = read_trust(json.dumps({"issuer": "i", "jwks": {"keys": [jwk_of()]}}))
        said = [{"alg": "SM2", "typ": "dc+sd-jwt", "kid": "k"}, {"iss": "i", "vct": "v", "iat": 0}]
        signed = ".".join(b64(json.dumps(one).encode()) for one in said)
        with pytest.raises(ProofForged):
            read_vc(f"{signed}.{b64(signature)}~", trust, at=NOW)


@needs_sm2
class TestKeys:
    def test_stand_in_the_same_kind_of_file(self, own: Desk) -> None:
        assert stat.S_IMODE(path_of(own).stat().st_mode) == 0o600
        keys = json.loads(path_of(own).read_text())["keys"]
        assert [(jwk["state"], suite_of(jwk), len(jwk["d"])) for jwk in keys] == [
            ("current", "SM2", 43),
            ("next", "SM2", 43),
        ]
        assert '"d"' not in own.published

    def test_the_suite_is_that_of_the_file_and_not_of_the_setting(self, own: Desk) -> None:
        again = FileRings(own.folder / "authorities", clock=StillClock())
        assert again.ring(BUREAU).current.algorithm == "SM2"

    def test_a_file_with_a_key_of_neither_suite_is_refused(self, own: Desk) -> None:
        said = json.loads(path_of(own).read_text())
        said["keys"][0]["crv"] = "P-384"
        path_of(own).write_text(json.dumps(said))
        with pytest.raises(ValueError, match="neither suite"):
            FileRings(own.folder / "authorities", clock=StillClock()).ring(BUREAU)

    def test_a_rotation_keeps_the_suite_and_what_was_signed(self, own: Desk) -> None:
        token = own.issue()
        rotate(path_of(own), at=NOW + PUBLISHED_BEFORE)
        assert own.verdict(token, own.list_of()).state == "valid"
        assert own.verdict(own.issue(), own.list_of()).state == "valid"
        assert {jwk["crv"] for jwk in own.rings.ring(BUREAU).published["keys"]} == {"SM2"}

    def test_an_authority_changes_to_the_other_suite_by_two_rotations(self, tmp_path: Path) -> None:
        own = Desk.at(tmp_path)
        before = own.issue()
        rotate(path_of(own), at=NOW + PUBLISHED_BEFORE, suite="SM2")
        assert own.rings.ring(BUREAU).current.algorithm == "ES256"
        list_of_before = own.trust
        rotate(path_of(own), at=NOW + 2 * PUBLISHED_BEFORE)
        assert own.rings.ring(BUREAU).current.algorithm == "SM2"
        for token in (before, own.issue()):
            assert own.verdict(token, own.list_of(), trust=list_of_before).state == "valid"

    def test_killing_one_makes_one_of_its_suite(self, own: Desk) -> None:
        token = own.issue()
        kill(path_of(own), own.rings.ring(BUREAU).current.key_id, at=NOW)
        assert own.verdict(token).issuer.code == "proof_key_dead"
        assert own.verdict(own.issue(), own.list_of()).state == "valid"
        assert {jwk["crv"] for jwk in own.rings.ring(BUREAU).published["keys"]} == {"SM2"}

    def test_tokens_of_the_kernel_never_take_it(self, own: Desk) -> None:
        assert usable(own.rings.ring(BUREAU).published) == {}
        with pytest.raises(Exception, match="curve"):
            HeldRing(json.loads(path_of(own).read_text()))

    def test_no_pdf_is_signed_with_it(self, own: Desk) -> None:
        with pytest.raises(TypeError, match="P-256 key is needed"):
            public_key(own.rings.ring(BUREAU).published["keys"][0])

    def test_a_private_half_of_another_key_is_noticed(self, own: Desk) -> None:
        """The signature would hold under no published key."""
        jwk = new_sm2_key() | {"d": new_sm2_key()["d"]}
        with pytest.raises(Unavailable, match="pairwise"):
            Sm2SigningKey(jwk).sign(MESSAGE)

    def test_threads_share_one(self) -> None:
        jwk = new_sm2_key()
        key, public = Sm2SigningKey(jwk), Sm2PublicKey(jwk)
        messages = [str(number).encode() for number in range(200)]
        with ThreadPoolExecutor(4) as threads:
            signed = list(threads.map(key.sign, messages))
            assert all(threads.map(lambda one: public.verify(one[0], public, one[1]), zip(messages, signed)))  # noqa: B905 - of one length


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine that has no SM2."""

    def none() -> Libcrypto:
        raise LibcryptoMissing("this machine has none of libcrypto.so.3")

    monkeypatch.setattr(sm2, "libcrypto", none)
    return iter(())


class TestMissing:
    """Runs on machines that have it, and on those that do not."""

    @pytest.mark.usefixtures("without")
    def test_a_certificate_is_unknown_and_never_invalid(self, desk: Desk) -> None:
        issuer = {"issuer": desk.addresses.issuer(BUREAU), "jwks": {"keys": [jwk_of()]}}
        said = [
            {"alg": "SM2", "typ": "dc+sd-jwt", "kid": "k"},
            {"iss": issuer["issuer"], "vct": "v", "iat": 0},
        ]
        token = ".".join(b64(json.dumps(one).encode()) for one in said) + f".{text(R + S)}~"
        verdict = desk.verdict(token, trust=read_trust(json.dumps(issuer)))
        assert codes(verdict) == ("proof_suite_missing", "proof_not_asked", "proof_suite_missing")
        assert states(verdict) == ("unknown", "unknown", "unknown")
        assert "libcrypto" in verdict.integrity.detail

    @pytest.mark.usefixtures("without")
    def test_a_status_list_is_unknown_too(self, desk: Desk) -> None:
        issuer = {"issuer": "i", "jwks": {"keys": [jwk_of()]}}
        head = {"alg": "SM2", "typ": "statuslist+jwt", "kid": "k"}
        claims = pack(desk.addresses.status_list(0), {}, at=NOW)
        token = ".".join(b64(json.dumps(one).encode()) for one in (head, claims)) + f".{text(R + S)}"
        shelf = Shelf([token], read_trust(json.dumps(issuer)))
        slot = desk.credential().status
        with pytest.raises(SuiteMissing):
            shelf.find(slot, issuer="i", at=NOW)
        both = read_trust(json.dumps(issuer), desk.published)
        for lists in ([token, desk.list_of()], [desk.list_of(), token]):
            assert Shelf(lists, both).find(slot, issuer="i", at=NOW).status == "valid"

    @pytest.mark.usefixtures("without")
    def test_the_other_suite_goes_on(self, desk: Desk) -> None:
        said = json.loads(desk.published)
        said["issuers"][0]["jwks"]["keys"].append(jwk_of())
        verdict = desk.verdict(desk.issue(), desk.list_of(), trust=read_trust(json.dumps(said)))
        assert verdict.state == "valid"

    @pytest.mark.usefixtures("without")
    def test_what_is_to_be_signed_waits(self, tmp_path: Path) -> None:
        with pytest.raises(Unavailable, match="SM2 here: this machine has none"):
            Sm2SigningKey(jwk_of(d=text(SECRET))).sign(MESSAGE)
        rings = FileRings(tmp_path, clock=StillClock(), suite="SM2")
        with pytest.raises(Unavailable, match="SM2"):
            rings.ring(BUREAU)
        assert rings.authorities() == []

    @pytest.mark.usefixtures("without")
    def test_why_is_said(self) -> None:
        assert "libcrypto.so.3" in missing()

    def test_a_machine_without_the_library_says_what_it_looked_for(self) -> None:
        with pytest.raises(LibcryptoMissing, match=r"none of libnothing\.so\.3, libnone\.dylib"):
            load(("libnothing.so.3", "libnone.dylib"))

    def test_a_library_of_another_make_is_not_taken(self) -> None:
        with pytest.raises(LibcryptoMissing, match="not one of OpenSSL 3"):
            bound(cast("Any", SimpleNamespace()))

    @needs_sm2
    def test_an_older_one_is_not_taken(self) -> None:
        functions = load(NAMES)
        fake = {name: Fake(function) for name, function in functions.items()}
        fake["OpenSSL_version_num"] = Fake(lambda: 0x1010117F)
        with pytest.raises(LibcryptoMissing, match="needed OpenSSL 3"):
            bound(cast("Any", SimpleNamespace(**fake)))

    @needs_sm2
    @pytest.mark.parametrize("name", ["EVP_PKEY_CTX_new_from_name", "EVP_MD_fetch"])
    def test_one_with_sm2_switched_off_is_not_taken(self, name: str) -> None:
        with pytest.raises(LibcryptoMissing, match="without SM2"):
            Libcrypto({**load(NAMES), name: lambda *_: None})

    @needs_sm2
    def test_an_answer_that_is_neither_yes_nor_no_is_unknown(self, monkeypatch: pytest.MonkeyPatch) -> None:
        odd = Libcrypto({**load(NAMES), "EVP_DigestVerify": lambda *_: -1})
        monkeypatch.setattr(sm2, "libcrypto", lambda: odd)
        with pytest.raises(SuiteMissing, match="gave -1"):
            holds(R + S)


class Fake:
    """A function whose types can be set."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def __call__(self, *arguments: object) -> object:
        return self.function(*arguments)


@needs_sm2
class TestHousekeeping:
    def counting(self, name: str) -> tuple[Libcrypto, list[object]]:
        functions, calls = load(NAMES), list[object]()

        def counted(*arguments: object) -> object:
            calls.append(arguments)
            return functions[name](*arguments)

        return Libcrypto({**functions, name: counted}), calls

    def test_leaves_no_error_for_others_of_the_thread(self) -> None:
        """Python's ssl would report it as its own."""
        library, cleared = self.counting("ERR_clear_error")
        key = library.key(X + Y)
        for act in (lambda: library.key(bytes(64)), lambda: library.verify(key, b"", b"\x30\x00")):
            before = len(cleared)
            with pytest.raises(LibcryptoFailed):
                act()
            assert len(cleared) > before

    def test_gives_back_what_it_took(self) -> None:
        library, freed = self.counting("EVP_PKEY_free")
        key = library.key(X + Y)
        assert not freed
        del key
        gc.collect()
        assert len(freed) == 1
