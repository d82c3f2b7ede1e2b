"""The text of a code: what it says to identity, and what it says to nobody else."""

import base64
import json
import os
import random
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import base45
import cbor2
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from services.identity.codes import CHARACTERS, LONGEST, CodeReader, CoseCodes, siv_key
from services.identity.codes.layout import framed, to_be_signed, wrapped
from services.identity.domain.codes import (
    CONCESSIONS,
    CodeForeign,
    CodeForged,
    CodeIncomplete,
    CodeKeyUnknown,
    CodeUnreadable,
    ConcessionUnknown,
    Emergency,
)
from services.kernel.holders import holder_id
from services.kernel.keys.rings import HeldKey, HeldRing

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pycose still uses what its own dependencies have deprecated
    from pycose.keys.ec2 import EC2Key
    from pycose.messages.sign1message import Sign1Message

EXPIRY = datetime(2026, 3, 1, 8, 1, tzinfo=UTC)
HOLDER = holder_id(b"k" * 32, "111", "420322199002151021")


@pytest.fixture(scope="module")
def jwks(keys: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((keys / "identity" / "codes.jwks").read_text())
    return found


@pytest.fixture(scope="module")
def codes(jwks: dict[str, Any]) -> CoseCodes:
    return codes_with(jwks)


def codes_with(jwks: dict[str, Any], **more: Any) -> CoseCodes:
    return CoseCodes(HeldRing(jwks), siv_key(jwks), **more)


def raw(text: str) -> bytes:
    return bytes(base45.b45decode(text.removeprefix("YM1:")))


def text_of(signed: bytes) -> str:
    return "YM1:" + str(base45.b45encode(signed), "ascii")


def cti_of(text: str) -> bytes:
    claims = cbor2.loads(cbor2.loads(raw(text)).value[2])
    return bytes(claims[7])


def other_keys(kid: str = "01") -> dict[str, Any]:
    pair = ECKey.generate_key("P-256", {"kid": kid}).as_dict(private=True)
    return {"keys": [pair, {"kty": "oct", "kid": "siv", "k": base64.urlsafe_b64encode(b"s" * 64).decode()}]}


SAID = Emergency(name_masked="欧阳**", concessions=("elderly", "disabled"))


class TestWrite:
    def test_fits_version_8_of_a_qr_code_at_level_m(self, codes: CoseCodes) -> None:
        text = codes.write(holder_id=HOLDER, expires_at=EXPIRY)
        assert len(text) == CHARACTERS <= 221
        assert set(text) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"), "alphanumeric mode"

    def test_never_ends_in_a_blank_that_a_scanner_would_cut_off(self, codes: CoseCodes) -> None:
        texts = [codes.write(holder_id=HOLDER, expires_at=EXPIRY) for _ in range(50)]
        assert {text[-1] for text in texts} <= set("012345")

    def test_is_read_by_an_independent_library(self, codes: CoseCodes, jwks: dict[str, Any]) -> None:
        message = Sign1Message.decode(raw(codes.write(holder_id=HOLDER, expires_at=EXPIRY)))
        key = jwks["keys"][0]
        x, y = (base64.urlsafe_b64decode(key[name] + "==") for name in "xy")
        message.key = EC2Key(crv="P_256", x=x, y=y)
        assert message.verify_signature()
        claims = cbor2.loads(message.payload or b"")
        assert (claims[4], len(claims[7])) == (int(EXPIRY.timestamp()), 41)
        assert message.phdr_encoded == bytes.fromhex("a201260441") + b"\x01"

    @pytest.mark.parametrize("size", [0, 1, 2, 3, 128, 129, 204])
    def test_writes_base45_as_a_library_does(self, size: int) -> None:
        for filler in (bytes(size), b"\xff" * size, os.urandom(size)):
            assert wrapped(filler) == text_of(filler)

    def test_lays_out_a_sign1_as_a_library_does(self) -> None:
        payload, signature = os.urandom(51), os.urandom(64)
        protected = cbor2.dumps({1: -7, 4: b"\x2a"})
        whole = [protected, {}, payload, signature]
        assert framed("2a", payload, signature) == cbor2.dumps(cbor2.CBORTag(18, whole))
        assert to_be_signed("2a", payload) == cbor2.dumps(["Signature1", protected, b"", payload])

    def test_gives_nobody_a_link_between_two_codes_of_one_holder(self, codes: CoseCodes) -> None:
        """No run of four bytes appears twice in the ids, and none of them is the holder's."""
        ids = [cti_of(codes.write(holder_id=HOLDER, expires_at=EXPIRY)) for _ in range(20)]
        packed = base64.b32decode(HOLDER + "A" * 6)[:17]
        runs = [{one[place : place + 4] for place in range(38)} for one in [*ids, packed]]
        assert sum(map(len, runs)) == len(set[bytes]().union(*runs))
        assert all(len({one[place] for one in ids}) > 5 for place in range(41)), "no byte stands still"

    @pytest.mark.parametrize("serial", range(20))
    def test_keeps_every_bit_of_every_holder_id(self, codes: CoseCodes, serial: int) -> None:
        holder = holder_id(b"k" * 32, "111", str(serial))
        assert codes.read(codes.write(holder_id=holder, expires_at=EXPIRY)).holder_id == holder


class TestRead:
    def test_gives_back_holder_and_expiry_and_the_same_id_each_time(self, codes: CoseCodes) -> None:
        text = codes.write(holder_id=HOLDER, expires_at=EXPIRY)
        first, second = codes.read(text), codes.read(f" {text}\r\n")
        assert first == second
        assert (first.holder_id, first.expires_at, len(first.code_id)) == (HOLDER, EXPIRY, 32)
        assert first.code_id != codes.read(codes.write(holder_id=HOLDER, expires_at=EXPIRY)).code_id

    def test_reads_a_code_of_the_previous_key(self, codes: CoseCodes, jwks: dict[str, Any]) -> None:
        new = other_keys("09")["keys"][0] | {"state": "current"}
        former = [jwk | {"state": "previous"} for jwk in jwks["keys"]]
        rotated = codes_with({"keys": [*former, new]})
        assert rotated.read(codes.write(holder_id=HOLDER, expires_at=EXPIRY)).holder_id == HOLDER
        assert raw(rotated.write(holder_id=HOLDER, expires_at=EXPIRY))[8] == 9

    @pytest.mark.parametrize(
        "text", ["https://example.org/a", "ym1:AB", "HC1:6BF", "YM2:AB", "x\u0000", "身份码", "\ud800x"]
    )
    def test_refuses_the_code_of_another_system(self, codes: CoseCodes, text: str) -> None:
        with pytest.raises(CodeForeign):
            codes.read(text)

    @pytest.mark.parametrize(
        "text", ["", "   ", "\u0000", "\x1b\x07", "YM1:\ufffd", "\ufffd\ufffd", "\u200b", "\ud800"]
    )
    def test_tells_what_was_not_read_from_what_is_not_ours(self, codes: CoseCodes, text: str) -> None:
        with pytest.raises(CodeUnreadable):
            codes.read(text)

    @pytest.mark.parametrize("place", range(0, 129, 4))
    def test_refuses_a_code_with_one_bit_changed(self, codes: CoseCodes, place: int) -> None:
        signed = bytearray(raw(codes.write(holder_id=HOLDER, expires_at=EXPIRY)))
        signed[place] ^= 1 << place % 8
        frame = place < 12 or 63 <= place < 65
        with pytest.raises(CodeKeyUnknown if place == 8 else CodeIncomplete if frame else CodeForged):
            codes.read(text_of(bytes(signed)))

    def test_refuses_a_code_signed_by_another_key_under_our_key_id(self, codes: CoseCodes) -> None:
        with pytest.raises(CodeForged):
            codes.read(codes_with(other_keys()).write(holder_id=HOLDER, expires_at=EXPIRY))

    def test_refuses_a_code_under_a_key_id_that_we_do_not_have(self, codes: CoseCodes) -> None:
        with pytest.raises(CodeKeyUnknown):
            codes.read(codes_with(other_keys("7f")).write(holder_id=HOLDER, expires_at=EXPIRY))

    def test_refuses_an_id_that_we_signed_but_did_not_write(
        self, jwks: dict[str, Any], codes: CoseCodes
    ) -> None:
        mixed = codes_with({"keys": [jwks["keys"][0], other_keys()["keys"][1]]})
        with pytest.raises(CodeForged):
            codes.read(mixed.write(holder_id=HOLDER, expires_at=EXPIRY))

    @pytest.mark.parametrize("emergency", [None, SAID])
    def test_tells_what_a_scanner_cut_short_from_what_is_forged(
        self, codes: CoseCodes, emergency: Emergency | None
    ) -> None:
        """At every place: the clerk scans again, and suspects nobody."""
        text = codes.write(holder_id=HOLDER, expires_at=EXPIRY, emergency=emergency)
        for end in range(len("YM1:"), len(text)):
            with pytest.raises(CodeIncomplete):
                codes.read(text[:end])

    def test_refuses_what_is_cut_off_or_in_lower_case(self, codes: CoseCodes) -> None:
        text = codes.write(holder_id=HOLDER, expires_at=EXPIRY)
        odd = [text[:-1], text + "0", text[:4], "YM1:" + text[4:].lower(), text[:100] + "\n" + text[101:]]
        for one in [
            *odd,
            "YM1:" + ":" * 194,
            "YM1:" + "0" * 194,
            "YM1:" + "码" * 194,
            "YM1:" + "\ud800" * 194,
        ]:
            with pytest.raises(CodeIncomplete):
                codes.read(one)

    def test_knows_a_code_again_under_the_twin_of_its_signature(self, codes: CoseCodes) -> None:
        """(r, n - s) holds wherever (r, s) does: it must not make a second code of one."""
        text = codes.write(holder_id=HOLDER, expires_at=EXPIRY)
        signed = raw(text)
        order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
        twin = (order - int.from_bytes(signed[-32:], "big")).to_bytes(32, "big")
        assert codes.read(text_of(signed[:-32] + twin)).code_id == codes.read(text).code_id

    def test_refuses_an_empty_signature(self, codes: CoseCodes) -> None:
        signed = raw(codes.write(holder_id=HOLDER, expires_at=EXPIRY))
        with pytest.raises(CodeForged):
            codes.read(text_of(signed[:-64] + bytes(64)))

    @pytest.mark.parametrize("odd", [b"\x1a", b"\xc1", b"\xf6", b"\xa0", b"\x7f", b"\x5f", b"\x58\x41"])
    def test_refuses_a_signature_that_is_not_64_bytes(self, codes: CoseCodes, odd: bytes) -> None:
        signed = raw(codes.write(holder_id=HOLDER, expires_at=EXPIRY))
        with pytest.raises(CodeIncomplete):
            codes.read(text_of(signed[:63] + odd + signed[63 + len(odd) :]))

    @pytest.mark.parametrize("seed", range(30))
    def test_refuses_whatever_bytes_come_and_never_stumbles(self, codes: CoseCodes, seed: int) -> None:
        chance = random.Random(seed)
        genuine = raw(codes.write(holder_id=HOLDER, expires_at=EXPIRY))
        for _ in range(20):
            length = chance.choice([0, 1, 12, 63, 128, 129, 130, 400])
            noise = chance.randbytes(length)
            kept = chance.randrange(min(length, 120) + 1)
            for signed in (noise, genuine[:12] + noise, genuine[:kept] + noise[kept:]):
                with pytest.raises((CodeForged, CodeIncomplete, CodeKeyUnknown)):
                    codes.read(text_of(signed))

    def test_takes_chance_through_the_door(self, jwks: dict[str, Any]) -> None:
        still = codes_with(jwks, chance=bytes)
        assert cti_of(still.write(holder_id=HOLDER, expires_at=EXPIRY)) == cti_of(
            still.write(holder_id=HOLDER, expires_at=EXPIRY)
        )


MANDATE = holder_id(b"m" * 32, "111", "a mandate has an id of the same shape")


class TestCodesOfAMandate:
    def test_say_the_mandate_and_no_holder(self, codes: CoseCodes) -> None:
        shown = codes.read(codes.write(mandate_id=MANDATE, expires_at=EXPIRY))
        assert (shown.mandate_id, shown.holder_id, shown.expires_at) == (MANDATE, None, EXPIRY)

    def test_cannot_be_told_from_those_of_a_holder(self, codes: CoseCodes) -> None:
        """The same length, and nothing outside the sealed id that differs."""
        frames = {
            raw(text)[:20]
            for text in (
                codes.write(mandate_id=MANDATE, expires_at=EXPIRY),
                codes.write(holder_id=HOLDER, expires_at=EXPIRY),
            )
        }
        assert len(frames) == 1

    @pytest.mark.parametrize("serial", range(20))
    def test_keep_every_bit(self, codes: CoseCodes, serial: int) -> None:
        one = holder_id(b"m" * 32, "111", str(serial))
        assert codes.read(codes.write(mandate_id=one, expires_at=EXPIRY)).mandate_id == one

    def test_are_of_one_or_the_other(self, codes: CoseCodes) -> None:
        with pytest.raises(TypeError):
            codes.write(expires_at=EXPIRY)
        with pytest.raises(TypeError):
            codes.write(holder_id=HOLDER, mandate_id=MANDATE, expires_at=EXPIRY)


class TestEmergencyCodes:
    def test_say_name_and_concessions_to_whoever_has_the_public_keys(
        self, codes: CoseCodes, jwks: dict[str, Any]
    ) -> None:
        text = codes.write(holder_id=HOLDER, expires_at=EXPIRY, emergency=SAID)
        opened = CodeReader(HeldRing(jwks).published).open(text)
        assert (opened.emergency, opened.expires_at, opened.key_id) == (SAID, EXPIRY, "01")
        shown = codes.read(text)
        assert (shown.holder_id, shown.emergency, shown.code_id) == (HOLDER, SAID, opened.code_id)

    @pytest.mark.parametrize(
        "name", ["", "张*", "湖北省十堰市郧西县七夕文化旅游投资开发有限责任公司第二分公司", "a" * 200]
    )
    def test_fit_version_10_of_a_qr_code_at_level_m(self, codes: CoseCodes, name: str) -> None:
        said = Emergency(name_masked=name, concessions=CONCESSIONS)
        text = codes.write(holder_id=HOLDER, expires_at=EXPIRY, emergency=said)
        assert len(text) <= LONGEST <= 311
        read = codes.read(text).emergency
        assert read is not None
        assert read.concessions == CONCESSIONS
        assert read.name_masked == name or name.startswith(read.name_masked.removesuffix("…"))

    def test_are_read_by_an_independent_library(self, codes: CoseCodes, jwks: dict[str, Any]) -> None:
        text = codes.write(holder_id=HOLDER, expires_at=EXPIRY, emergency=SAID)
        message = Sign1Message.decode(raw(text))
        x, y = (base64.urlsafe_b64decode(jwks["keys"][0][name] + "==") for name in "xy")
        message.key = EC2Key(crv="P_256", x=x, y=y)
        assert message.verify_signature()
        claims = cbor2.loads(message.payload or b"")
        assert (claims[-70001], claims[-70002]) == ("欧阳**", [0, 1])

    def test_name_no_concession_that_there_is_not(self) -> None:
        with pytest.raises(ConcessionUnknown):
            Emergency(name_masked="张*", concessions=("rich",))

    def test_pass_over_a_concession_that_is_newer_than_the_reader(
        self, codes: CoseCodes, jwks: dict[str, Any]
    ) -> None:
        claims = {4: int(EXPIRY.timestamp()), 7: cti_of(codes.write(holder_id=HOLDER, expires_at=EXPIRY))}
        text = signed_by(jwks, cbor2.dumps(claims | {-70001: "张*", -70002: [1, 23]}, canonical=True))
        assert codes.read(text).emergency == Emergency(name_masked="张*", concessions=("disabled",))


def signed_by(jwks: dict[str, Any], payload: bytes) -> str:
    """Signed with our own key, and laid out as a code, whatever the payload is."""
    protected = bytes.fromhex("a201260441") + b"\x01"
    signature = HeldKey(jwks["keys"][0]).sign(cbor2.dumps(["Signature1", protected, b"", payload]))
    return text_of(cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, signature])))


EXPIRES, CTI = int(EXPIRY.timestamp()), bytes(41)


class TestWhatWeSignedAndDidNotWrite:
    @pytest.mark.parametrize(
        "claims",
        [
            {4: EXPIRES, 7: bytes(40), 9: 1},
            {4: EXPIRES, 7: CTI, 9: 1},
            {4: True, 7: CTI, -70001: "张", -70002: []},
            {4: str(EXPIRES), 7: CTI},
            {4: 2**70, 7: CTI},
            {4: EXPIRES, 7: CTI, -70001: "张"},
            {4: EXPIRES, 7: CTI, -70001: b"\x00", -70002: []},
            {4: EXPIRES, 7: CTI, -70001: "张", -70002: ["elderly"]},
            {4: EXPIRES, 7: CTI, -70001: "张", -70002: [], 9: 1},
            [bytes(50)],
            bytes(50),
            float("nan"),
        ],
    )
    def test_is_refused(self, codes: CoseCodes, jwks: dict[str, Any], claims: object) -> None:
        """Who holds our key may write what he likes; we read one form of it."""
        payload = cbor2.dumps(claims, canonical=True)
        payload += b"\x00" * max(0, 51 - len(payload))
        with pytest.raises(CodeForged):
            codes.read(signed_by(jwks, payload))

    def test_is_refused_in_another_order(self, codes: CoseCodes, jwks: dict[str, Any]) -> None:
        with pytest.raises(CodeForged):
            codes.read(signed_by(jwks, cbor2.dumps({7: CTI, 4: EXPIRES})))


REFUSALS = (CodeUnreadable, CodeForeign, CodeForged, CodeIncomplete, CodeKeyUnknown)
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


class TestWhateverComes:
    @settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(text=st.one_of(st.text(), st.text().map("YM1:".__add__), st.text(LETTERS).map("YM1:".__add__)))
    def test_any_text_meets_a_named_refusal(self, codes: CoseCodes, text: str) -> None:
        with pytest.raises(REFUSALS):
            codes.read(text)

    @settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data(), emergency=st.sampled_from([None, SAID]))
    def test_any_change_to_a_genuine_code_meets_a_named_refusal(
        self, codes: CoseCodes, data: st.DataObject, emergency: Emergency | None
    ) -> None:
        signed = raw(codes.write(holder_id=HOLDER, expires_at=EXPIRY, emergency=emergency))
        first = data.draw(st.integers(0, len(signed)))
        last = data.draw(st.integers(first, min(len(signed), first + 8)))
        changed = signed[:first] + data.draw(st.binary(max_size=8)) + signed[last:]
        assume(changed != signed)
        with pytest.raises(REFUSALS):
            codes.read(text_of(changed))
