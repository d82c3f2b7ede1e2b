"""The watchman must find what is there, or its silence says nothing."""

import base64
import hashlib
import json
from urllib.parse import quote

import pytest

from tests.world.leaks import Watchman
from tests.world.lives import a_crowd

(PERSON, OTHER) = a_crowd(2)
WATCHMAN = Watchman([PERSON])


def written(text: str) -> list[bytes]:
    hashes = [hashlib.new(name, text.encode()) for name in ("md5", "sha1", "sha256")]
    return [
        text.encode(),
        text[::-1].encode(),
        quote(text).encode(),
        json.dumps({"said": text}).encode(),
        *(base64.b64encode(b"x" * shift + text.encode() + b"yz") for shift in range(6)),
        *(base64.urlsafe_b64encode(b"x" * shift + text.encode() + b"yz") for shift in range(6)),
        *(one.hexdigest().encode() for one in hashes),
        *(base64.b64encode(one.digest()) for one in hashes),
    ]


class TestTheWatchman:
    @pytest.mark.parametrize("what", ["name", "id_number", "phone"])
    def test_finds_people_however_they_are_written(self, what: str) -> None:
        for text in written(PERSON[what]):
            assert WATCHMAN.found(b"before:" + text + b":after"), text

    def test_takes_nobody_for_another(self) -> None:
        assert WATCHMAN.found(json.dumps(OTHER, ensure_ascii=False).encode()) == set()
