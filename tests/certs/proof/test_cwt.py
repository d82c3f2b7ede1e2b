"""The status list as CWT: the same list, read by and from somebody else's COSE, and what is not believed."""

import base64
import json
import warnings
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.certs.proof import (
    Shelf,
    Slot,
    Status,
    as_token,
    cached,
    pack,
    read_list,
    read_status,
    read_trust,
    sign_cwt,
)
from services.certs.proof.refusals import StatusMissing, StatusTooOld, StatusUnusable
from services.certs.proof.slots import SIZE
from services.certs.proof.status import LIFE, TTL, VALUES
from services.certs.verify.__main__ import main
from tests.certs.proof.desk import BUREAU, INDEX, NOW, OTHER, Desk

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pycose still uses what its own dependencies have deprecated
    from pycose.algorithms import Es256
    from pycose.headers import KID, Algorithm
    from pycose.keys.ec2 import EC2Key
    from pycose.messages.sign1message import Sign1Message

STATUSES: Mapping[int, Status] = {0: "invalid", 1: "suspended", 5: "superseded", SIZE - 1: "invalid"}
TYPE = "application/statuslist+cwt"
# draft-ietf-oauth-status-list, 5.2: its example, and the key that its examples are signed with.
DRAFT = bytes.fromhex(
    "d2845820a2012610781a6170706c69636174696f6e2f7374617475736c6973742b637774a1044231325850a50278216874"
    "7470733a2f2f6578616d706c652e636f6d2f7374617475736c697374732f31061a648c5bea041a8898dfea19fffe19a8c0"
    "19fffda2646269747301636c73744a78dadbb918000217015d584093fa4d01032b18c35e2fe1101b77fd6cc9440022caa4"
    "694450c4e4e9feab4e99d1fa6d9772ce2bf3a12e0323ded7c982c5e101a5e67f0cbc1e2b6f57ce99c279"
)
DRAFT_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "I3HWm_0Ds1dPMI-IWmf4mBmH-YaeAVbPVu7vB27CxXo",
    "y": "6N_d5Elj9bs1htgV3okJKIdbHEpkgTmAluYKJemzn1M",
    "kid": "12",
}
DRAFT_SAYS = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


def said_by(token: str | bytes, desk: Desk, index: int) -> str:
    return read_status(token, index, trust=desk.trust, issuer=desk.addresses.issuer(BUREAU), at=NOW).status


def refused(token: bytes, desk: Desk) -> str:
    with pytest.raises(StatusUnusable) as found:
        read_list(token, desk.trust, issuer="")
    return found.value.detail


def claims_of(desk: Desk, **changes: Any) -> dict[int, Any]:
    """Under their numbers; `changes` by name."""
    numbers = {"sub": 2, "exp": 4, "iat": 6, "ttl": 65534, "status_list": 65533}
    packed = pack(desk.addresses.status_list(0), {7: "invalid"}, at=NOW)
    listed = {"bits": 2, "lst": unpadded(packed["status_list"]["lst"])}
    return {numbers[name]: value for name, value in ({**packed, "status_list": listed} | changes).items()}


def minted(
    desk: Desk,
    *,
    claims: object = None,
    protected: object = None,
    unprotected: object = None,
    payload: bytes | None = None,
) -> bytes:
    """A list that the right key did sign, whatever is in it."""
    key = desk.status_ring.current
    head = {1: -7, 4: key.key_id.encode(), 16: TYPE} if protected is None else protected
    first = head if isinstance(head, bytes) else cbor2.dumps(head)
    body = cbor2.dumps(claims_of(desk) if claims is None else claims) if payload is None else payload
    signature = key.sign(cbor2.dumps(["Signature1", first, b"", body]))
    parts = [first, {} if unprotected is None else unprotected, body, signature]
    return cbor2.dumps(cbor2.CBORTag(18, parts))


class TestDraft:
    def test_its_example_is_read_as_it_says(self) -> None:
        found = read_list(DRAFT, read_trust(json.dumps({"keys": [DRAFT_KEY]})), issuer="")
        at = datetime.fromtimestamp(1686920170, UTC)
        assert (found.uri, found.made_at) == ("https://example.com/statuslists/1", at)
        assert found.ends_at == datetime.fromtimestamp(2291720170, UTC)
        read = [VALUES[found.reading(index, at=at).status] for index in range(len(DRAFT_SAYS))]
        assert read == DRAFT_SAYS

    def test_its_example_of_two_bits_is_ours(self, desk: Desk) -> None:
        """4.1 and 4.3."""
        listed = cbor2.loads(bytes.fromhex("a2646269747302636c73744b78da3be9f2130003df0207"))
        token = minted(desk, claims=claims_of(desk, status_list=listed))
        found = read_list(token, desk.trust, issuer="")
        read = [VALUES[found.reading(index, at=NOW).status] for index in range(12)]
        assert read == [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]

    def test_ours_is_laid_out_as_it_asks(self, desk: Desk) -> None:
        token = desk.cwt_of()
        assert token[:2].hex() == "d284"
        protected, unprotected, payload, _ = cbor2.loads(token).value
        assert cbor2.loads(protected) == {1: -7, 4: desk.status_ring.current.key_id.encode(), 16: TYPE}
        claims = cbor2.loads(payload)
        listed = claims.pop(65533)
        made = int(NOW.timestamp())
        life, ttl = int(LIFE.total_seconds()), int(TTL.total_seconds())
        assert claims == {2: desk.addresses.status_list(0), 4: made + life, 6: made, 65534: ttl}
        assert (unprotected, listed["bits"], len(zlib.decompress(listed["lst"]))) == ({}, 2, SIZE // 4)


class TestSameList:
    def test_every_status_is_the_same_in_both_forms(self, desk: Desk) -> None:
        jwt, cwt = desk.list_of(*STATUSES.items()), desk.cwt_of(*STATUSES.items())
        for index in (*STATUSES, 2, 3, 4, 6, 70_000, SIZE - 2):
            assert said_by(cwt, desk, index) == said_by(jwt, desk, index) == STATUSES.get(index, "valid")
        both = [read_list(form, desk.trust, issuer="") for form in (jwt, cwt)]
        assert both[0] == both[1]

    def test_it_is_smaller(self, desk: Desk) -> None:
        statuses: list[tuple[int, Status]] = [(index, "invalid") for index in range(0, SIZE, 97)]
        assert len(desk.cwt_of(*statuses)) < 0.8 * len(desk.list_of(*statuses))

    def test_the_newer_counts_whatever_its_form(self, desk: Desk) -> None:
        older: str | bytes = desk.list_of(at=NOW - timedelta(hours=1))
        newer: str | bytes = desk.cwt_of((7, "invalid"))
        slot = Slot(uri=desk.addresses.status_list(0), index=7)
        for lists in ([older, newer], [newer, older]):
            assert Shelf(lists, desk.trust).find(slot, issuer="", at=NOW).status == "invalid"

    def test_its_age_counts_as_that_of_the_other(self, desk: Desk) -> None:
        found = read_list(desk.cwt_of(), desk.trust, issuer="")
        with pytest.raises(StatusTooOld):
            found.reading(1, at=NOW + LIFE)

    def test_it_is_served_beside_the_other(self, desk: Desk) -> None:
        jwt, cwt = (cached(one, made_at=NOW, at=NOW) for one in (desk.list_of(), desk.cwt_of()))
        assert (jwt["Content-Type"], cwt["Content-Type"]) == ("application/statuslist+jwt", TYPE)
        assert jwt["Vary"] == cwt["Vary"] == "Accept"
        assert jwt["ETag"] != cwt["ETag"]
        assert jwt["Cache-Control"] == cwt["Cache-Control"]

    def test_the_command_takes_a_file_of_either_form(
        self, desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        files = {name: tmp_path / name for name in ("certificate", "keys", "good", "revoked", "odd")}
        files["certificate"].write_text(desk.issue())
        files["keys"].write_text(desk.published)
        files["good"].write_bytes(desk.cwt_of())
        files["revoked"].write_bytes(desk.cwt_of((INDEX, "invalid")))
        files["odd"].write_bytes(desk.cwt_of()[:-1])
        exits = []
        for name in ("good", "revoked", "odd"):
            given = [files["certificate"], "--keys", files["keys"], "--status", files[name]]
            exits.append(main([*map(str, given), "--json"], at=NOW))
        said = [json.loads(line)["status"]["code"] for line in capsys.readouterr().out.splitlines()]
        assert exits == [0, 1, 2]
        assert said == ["proof_in_force", "proof_revoked", "proof_status_missing"]


class TestPycose:
    """Somebody else's COSE, both ways."""

    def key(self, desk: Desk) -> EC2Key:
        jwk = desk.status_ring.published["keys"][0]
        return EC2Key(crv="P_256", x=unpadded(jwk["x"]), y=unpadded(jwk["y"]))

    def test_reads_ours(self, desk: Desk) -> None:
        message = Sign1Message.decode(desk.cwt_of((INDEX, "suspended")))
        message.key = self.key(desk)
        assert message.verify_signature()
        assert message.phdr[16] == TYPE
        listed = cbor2.loads(message.payload or b"")[65533]
        place, within = divmod(INDEX * listed["bits"], 8)
        assert zlib.decompress(listed["lst"])[place] >> within & 3 == VALUES["suspended"]

    def test_finds_a_changed_one(self, desk: Desk) -> None:
        token = bytearray(desk.cwt_of())
        token[-1] ^= 1
        message = Sign1Message.decode(bytes(token))
        message.key = self.key(desk)
        assert not message.verify_signature()

    @pytest.mark.parametrize("is_protected", [True, False], ids=["protected", "unprotected"])
    def test_signs_what_we_read_wherever_it_says_the_key(self, desk: Desk, is_protected: bool) -> None:  # noqa: FBT001 - a case
        jwk = json.loads((desk.folder / "status.jwks").read_text())["keys"][0]
        kid = {KID: jwk["kid"].encode()}
        head = {Algorithm: Es256, 16: TYPE}
        message = Sign1Message(
            phdr=head | kid if is_protected else head,
            uhdr={} if is_protected else kid,
            payload=cbor2.dumps(claims_of(desk)),
        )
        x, y, d = (unpadded(jwk[name]) for name in "xyd")
        message.key = EC2Key(crv="P_256", x=x, y=y, d=d)
        token = message.encode()
        assert [said_by(token, desk, index) for index in (6, 7)] == ["valid", "invalid"]


class TestForged:
    def test_what_the_odd_forms_are_made_from_is_believed(self, desk: Desk) -> None:
        assert said_by(minted(desk), desk, 7) == "invalid"

    def test_any_single_byte_changed_is_noticed(self, desk: Desk) -> None:
        token = desk.cwt_of((7, "invalid"))
        for place in range(len(token)):
            changed = bytearray(token)
            changed[place] ^= 0x01
            assert refused(bytes(changed), desk)

    def test_any_part_of_it_is_no_list(self, desk: Desk) -> None:
        token = desk.cwt_of()
        for length in range(len(token)):
            assert refused(token[:length], desk)
        assert refused(token + b"\x00", desk)

    def test_no_header_but_ours_is_believed(self, desk: Desk) -> None:
        kid = desk.status_ring.current.key_id.encode()
        good: dict[Any, Any] = {1: -7, 4: kid, 16: TYPE}
        for head in (
            {}, {1: -7, 16: TYPE}, {4: kid, 16: TYPE}, {1: -7, 4: kid},
            good | {1: -48}, good | {1: 5}, good | {1: "ES256"}, good | {16: "application/statuslist+jwt"},
            good | {16: "statuslist+cwt"}, good | {16: 263}, good | {4: kid.decode()}, good | {4: b"\xff"},
            good | {2: [16]}, good | {33: b"x"}, good | {34: [-16, b"x"]}, good | {"kid": kid},
            [1, 2], "text", 7,
        ):  # fmt: skip
            assert refused(minted(desk, protected=head), desk), head
        for bytes_ in (b"", b"\xf6", b"\xa3\x01\x26\x01\x26\x10\x40", b"\xbf\x01\x26\xff", b"\xff"):
            assert refused(minted(desk, protected=bytes_), desk), bytes_

    def test_nothing_but_the_key_id_stands_unprotected(self, desk: Desk) -> None:
        kid = desk.status_ring.current.key_id.encode()
        for head, beside in (
            ({1: -7, 4: kid, 16: TYPE}, {4: kid}),
            ({1: -7, 4: kid}, {16: TYPE}),
            ({4: kid, 16: TYPE}, {1: -7}),
            ({1: -7, 16: TYPE}, {4: kid, 33: b"x"}),
            ({1: -7, 4: kid, 16: TYPE}, [1]),
        ):
            assert refused(minted(desk, protected=head, unprotected=beside), desk), beside
        assert said_by(minted(desk, protected={1: -7, 16: TYPE}, unprotected={4: kid}), desk, 7) == "invalid"

    def test_no_envelope_but_ours_is_opened(self, desk: Desk) -> None:
        parts: Sequence[Any] = cbor2.loads(minted(desk)).value
        tagged = cbor2.CBORTag(18, parts)
        for odd in (
            parts, cbor2.CBORTag(61, tagged), cbor2.CBORTag(17, parts), cbor2.CBORTag(98, parts),
            cbor2.CBORTag(18, tagged), cbor2.CBORTag(18, [*parts, b""]), cbor2.CBORTag(18, parts[:3]),
            cbor2.CBORTag(18, [*parts[:2], None, parts[3]]), cbor2.CBORTag(18, [*parts[:3], parts[3][:63]]),
            cbor2.CBORTag(18, [*parts[:3], b""]), cbor2.CBORTag(18, [*parts[:3], parts[3] + b"\x00"]),
            cbor2.CBORTag(18, [*parts[:3], bytes(64)]), cbor2.CBORTag(18, [*parts[:3], b"\xff" * 64]),
            cbor2.CBORTag(18, {}), cbor2.CBORTag(18, []), 7, None, "", b"",
        ):  # fmt: skip
            assert refused(cbor2.dumps(odd), desk), odd
        assert refused(desk.list_of().encode(), desk)
        long = claims_of(desk, status_list={"bits": 2, "lst": bytes(512 * 1024)})
        assert "at most are read" in refused(minted(desk, claims=long), desk)

    @pytest.mark.parametrize(
        "odd",
        [
            7, None, {}, {"bits": 2}, {"bits": 2, "lst": 7}, {"bits": 3, "lst": b""},
            {"bits": 2.0, "lst": zlib.compress(b"x")},
            {"bits": True, "lst": zlib.compress(b"x")}, {"bits": 2, "lst": b""},
            {"bits": 2, "lst": b"no zlib"},
            {"bits": 2, "lst": zlib.compress(b"x") + b"more"},
            {"bits": 2, "lst": zlib.compress(b"x" * 99)[:-3]},
            {"bits": 8, "lst": zlib.compress(bytes(100_000_000), 9)}, {1: 2, 2: b""},
        ],
        ids=lambda odd: str(odd)[:40],
    )  # fmt: skip
    def test_a_list_of_another_form_is_refused(self, desk: Desk, odd: object) -> None:
        assert refused(minted(desk, claims=claims_of(desk, status_list=odd)), desk)

    @pytest.mark.parametrize(
        "odd",
        [{"sub": b"x"}, {"sub": ""}, {"iat": "now"}, {"iat": True}, {"iat": -1}, {"iat": float("nan")},
         {"exp": None}, {"exp": 1e300}, {"exp": 2**63}],
        ids=str,
    )  # fmt: skip
    def test_claims_of_another_kind_are_refused(self, desk: Desk, odd: dict[str, Any]) -> None:
        assert refused(minted(desk, claims=claims_of(desk, **odd)), desk)

    def test_a_claim_under_a_word_says_nothing(self, desk: Desk) -> None:
        claims: dict[Any, Any] = claims_of(desk)
        words = {"sub": "https://evil.example/list", "iat": 0}
        assert read_list(minted(desk, claims=words | claims), desk.trust, issuer="").made_at == NOW
        del claims[2]
        assert refused(minted(desk, claims=words | claims), desk)

    def test_a_claim_that_stands_twice_is_refused(self, desk: Desk) -> None:
        body = bytearray(cbor2.dumps(claims_of(desk)))
        body[0] += 1
        assert refused(minted(desk, payload=bytes(body) + cbor2.dumps(2) + cbor2.dumps("x")), desk)

    def test_an_authority_signs_lists_about_its_own_certificates_alone(self, desk: Desk) -> None:
        claims = pack(desk.addresses.status_list(0), {}, at=NOW)
        own = sign_cwt(claims, desk.rings.ring(OTHER).current)
        assert read_list(own, desk.trust, issuer=desk.addresses.issuer(OTHER)).bits == 2
        with pytest.raises(StatusUnusable):
            read_list(own, desk.trust, issuer=desk.addresses.issuer(BUREAU))

    def test_a_list_that_cannot_be_read_at_all_is_nobodys(self, desk: Desk) -> None:
        shelf = Shelf([b"\xd2\x84", b"", b"\xd2\x84\xff\xff\xff\xff"], desk.trust)
        with pytest.raises(StatusMissing):
            shelf.find(Slot(uri=desk.addresses.status_list(0), index=7), issuer="", at=NOW)

    @settings(deadline=None)
    @given(odd=st.binary(max_size=200))
    def test_any_bytes_are_refused(self, desk: Desk, odd: bytes) -> None:
        for token in (odd, b"\xd2\x84" + odd):
            assert refused(token, desk)
            as_token(token)
        assert refused(minted(desk, payload=odd), desk)
