"""docs/code-format.md says what a code is: its vectors hold for our reader and for one that is not ours."""

import base64
import hashlib
import json
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import base45
import cbor2
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from services.identity.codes import CodeReader, CoseCodes, siv_key
from services.identity.domain.codes import CONCESSIONS
from services.kernel.errors import Refusal
from services.kernel.keys.rings import HeldRing

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pycose still uses what its own dependencies have deprecated
    from pycose.keys.ec2 import EC2Key
    from pycose.messages.sign1message import Sign1Message

PAGE = Path(__file__).parents[2] / "docs" / "code-format.md"


@cache
def page() -> dict[str, Any]:
    """The one block of JSON on the page."""
    text = PAGE.read_text()
    found: dict[str, Any] = json.loads(text.split("```json\n")[1].split("```")[0])
    return found


def named(kind: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("vector", page()[kind], ids=lambda vector: str(vector["name"]))


class TestThePage:
    @named("vectors")
    def test_agrees_with_our_reader(self, vector: dict[str, Any]) -> None:
        ring = HeldRing(page()["keys"])
        shown = CoseCodes(ring, siv_key(page()["keys"])).read(vector["text"])
        assert (shown.holder_id, shown.mandate_id) == (vector.get("holder_id"), vector.get("mandate_id"))
        assert (shown.code_id, int(shown.expires_at.timestamp())) == (vector["code_id"], vector["exp"])
        opened = CodeReader(ring.published).open(vector["text"])
        assert (opened.code_id, opened.key_id, opened.emergency) == (shown.code_id, "2a", shown.emergency)
        if shown.emergency:
            assert shown.emergency.name_masked == vector["name_masked"]
            assert list(shown.emergency.concessions) == vector["concessions"]

    @named("vectors")
    def test_agrees_with_an_independent_reader(self, vector: dict[str, Any]) -> None:
        """By the page alone: Base45, COSE by pycose, CBOR, AES-SIV."""
        raw = base45.b45decode(vector["text"].removeprefix("YM1:"))
        message = Sign1Message.decode(raw)
        signing, hiding = page()["keys"]["keys"]
        x, y = (_bytes(signing[name]) for name in "xy")
        message.key = EC2Key(crv="P_256", x=x, y=y)
        assert message.verify_signature()
        assert (raw.hex(), (message.payload or b"").hex()) == (vector["cose"], vector["payload"])
        claims = cbor2.loads(message.payload or b"")
        assert claims[4] == vector["exp"]
        assert hashlib.sha256(claims[7]).hexdigest()[:32] == vector["code_id"]
        sealed = AESSIV(_bytes(hiding["k"])).decrypt(claims[7], None)
        who = base64.b32encode(sealed[:17] + bytes(3)).decode()[:26]
        assert (who, sealed[16] & 0b111111) == (
            vector.get("holder_id") or vector["mandate_id"],
            0 if "holder_id" in vector else 1,
        )
        assert sealed[17:].hex() == "a0a1a2a3a4a5a6a7"
        assert claims.get(-70001) == vector.get("name_masked")
        assert [CONCESSIONS[one] for one in claims.get(-70002, [])] == vector.get("concessions", [])

    @named("refused")
    def test_says_why_a_code_is_refused(self, vector: dict[str, Any]) -> None:
        with pytest.raises(Refusal) as refused:
            CodeReader(HeldRing(page()["keys"]).published).open(vector["text"])
        assert refused.value.code == vector["refused"]

    def test_names_every_concession_by_its_number(self) -> None:
        text = PAGE.read_text()
        assert all(f"{number} {name} " in text for number, name in enumerate(CONCESSIONS))


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")
