"""The text of a code: what it says to identity, and what it says to nobody else."""

import base64
import json
import random
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import base45
import cbor2
import pytest
from joserfc.jwk import ECKey

from services.identity.codes import CHARACTERS, CoseCodes
from services.identity.domain import CodeForeign, CodeForged
from services.kernel.holders import HolderId, holder_id

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
    return CoseCodes(jwks)


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


class TestWrite:
    def test_fits_version_8_of_a_qr_code_at_level_m(self, codes: CoseCodes) -> None:
        text = codes.write(HOLDER, expires_at=EXPIRY)
        assert len(text) == CHARACTERS <= 221
        assert set(text) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"), "alphanumeric mode"

    def test_never_ends_in_a_blank_that_a_scanner_would_cut_off(self, codes: CoseCodes) -> None:
        texts = [codes.write(HOLDER, expires_at=EXPIRY) for _ in range(50)]
        assert {text[-1] for text in texts} <= set("012345")

    def test_is_read_by_an_independent_library(self, codes: CoseCodes, jwks: dict[str, Any]) -> None:
        message = Sign1Message.decode(raw(codes.write(HOLDER, expires_at=EXPIRY)))
        key = jwks["keys"][0]
        x, y = (base64.urlsafe_b64decode(key[name] + "==") for name in "xy")
        message.key = EC2Key(crv="P_256", x=x, y=y)
        assert message.verify_signature()
        claims = cbor2.loads(message.payload or b"")
        assert (claims[4], len(claims[7])) == (int(EXPIRY.timestamp()), 41)
        assert message.phdr_encoded == bytes.fromhex("a201260441") + b"\x01"

    def test_gives_nobody_a_link_between_two_codes_of_one_holder(self, codes: CoseCodes) -> None:
        """No run of four bytes appears twice in the ids, and none of them is the holder's."""
        ids = [cti_of(codes.write(HOLDER, expires_at=EXPIRY)) for _ in range(20)]
        packed = base64.b32decode(HOLDER + "A" * 6)[:17]
        runs = [{one[place : place + 4] for place in range(38)} for one in [*ids, packed]]
        assert sum(map(len, runs)) == len(set[bytes]().union(*runs))
        assert all(len({one[place] for one in ids}) > 5 for place in range(41)), "no byte stands still"

    @pytest.mark.parametrize("serial", range(20))
    def test_keeps_every_bit_of_every_holder_id(self, codes: CoseCodes, serial: int) -> None:
        holder = holder_id(b"k" * 32, "111", str(serial))
        assert codes.read(codes.write(holder, expires_at=EXPIRY)).holder_id == holder


class TestRead:
    def test_gives_back_holder_and_expiry_and_the_same_id_each_time(self, codes: CoseCodes) -> None:
        text = codes.write(HOLDER, expires_at=EXPIRY)
        first, second = codes.read(text), codes.read(f" {text}\r\n")
        assert first == second
        assert (first.holder_id, first.expires_at, len(first.code_id)) == (HOLDER, EXPIRY, 32)
        assert first.code_id != codes.read(codes.write(HOLDER, expires_at=EXPIRY)).code_id

    def test_reads_a_code_of_the_previous_key(self, codes: CoseCodes, jwks: dict[str, Any]) -> None:
        new = other_keys("02")["keys"][0]
        rotated = CoseCodes({"keys": [new, *jwks["keys"]]})
        assert rotated.read(codes.write(HOLDER, expires_at=EXPIRY)).holder_id == HOLDER
        assert raw(rotated.write(HOLDER, expires_at=EXPIRY))[8] == 2

    @pytest.mark.parametrize(
        "text", ["", "   ", "https://example.org/a", "ym1:AB", "HC1:6BF", "YM2:AB", "\u0000"]
    )
    def test_refuses_the_code_of_another_system(self, codes: CoseCodes, text: str) -> None:
        with pytest.raises(CodeForeign):
            codes.read(text)

    @pytest.mark.parametrize("place", range(0, 129, 4))
    def test_refuses_a_code_with_one_bit_changed(self, codes: CoseCodes, place: int) -> None:
        signed = bytearray(raw(codes.write(HOLDER, expires_at=EXPIRY)))
        signed[place] ^= 1 << place % 8
        with pytest.raises(CodeForged):
            codes.read(text_of(bytes(signed)))

    def test_refuses_a_code_signed_by_another_key_under_our_key_id(self, codes: CoseCodes) -> None:
        with pytest.raises(CodeForged):
            codes.read(CoseCodes(other_keys()).write(HOLDER, expires_at=EXPIRY))

    def test_refuses_a_code_under_a_key_id_that_we_do_not_have(self, codes: CoseCodes) -> None:
        with pytest.raises(CodeForged):
            codes.read(CoseCodes(other_keys("7f")).write(HOLDER, expires_at=EXPIRY))

    def test_refuses_an_id_that_we_signed_but_did_not_write(
        self, jwks: dict[str, Any], codes: CoseCodes
    ) -> None:
        mixed = CoseCodes({"keys": [jwks["keys"][0], other_keys()["keys"][1]]})
        with pytest.raises(CodeForged):
            codes.read(mixed.write(HolderId(HOLDER), expires_at=EXPIRY))

    def test_refuses_what_is_cut_off_or_in_lower_case(self, codes: CoseCodes) -> None:
        text = codes.write(HOLDER, expires_at=EXPIRY)
        odd = [text[:-1], text + "0", text[:4], "YM1:" + text[4:].lower(), text[:100] + "\n" + text[101:]]
        for one in [
            *odd,
            "YM1:" + ":" * 194,
            "YM1:" + "0" * 194,
            "YM1:" + "码" * 194,
            "YM1:" + "\ud800" * 194,
        ]:
            with pytest.raises(CodeForged):
                codes.read(one)

    def test_refuses_an_empty_signature(self, codes: CoseCodes) -> None:
        signed = raw(codes.write(HOLDER, expires_at=EXPIRY))
        with pytest.raises(CodeForged):
            codes.read(text_of(signed[:-64] + bytes(64)))

    @pytest.mark.parametrize("odd", [b"\x1a", b"\xc1", b"\xf6", b"\xa0", b"\x7f", b"\x5f", b"\x58\x41"])
    def test_refuses_a_signature_that_is_not_64_bytes(self, codes: CoseCodes, odd: bytes) -> None:
        signed = raw(codes.write(HOLDER, expires_at=EXPIRY))
        with pytest.raises(CodeForged):
            codes.read(text_of(signed[:63] + odd + signed[63 + len(odd) :]))

    @pytest.mark.parametrize("seed", range(30))
    def test_refuses_whatever_bytes_come_and_never_stumbles(self, codes: CoseCodes, seed: int) -> None:
        chance = random.Random(seed)
        genuine = raw(codes.write(HOLDER, expires_at=EXPIRY))
        for _ in range(20):
            length = chance.choice([0, 1, 12, 63, 128, 129, 130, 400])
            noise = chance.randbytes(length)
            kept = chance.randrange(min(length, 120) + 1)
            for signed in (noise, genuine[:12] + noise, genuine[:kept] + noise[kept:]):
                with pytest.raises(CodeForged):
                    codes.read(text_of(signed))

    def test_takes_chance_through_the_door(self, jwks: dict[str, Any]) -> None:
        still = CoseCodes(jwks, chance=bytes)
        assert cti_of(still.write(HOLDER, expires_at=EXPIRY)) == cti_of(
            still.write(HOLDER, expires_at=EXPIRY)
        )
