"""CBOR as it is read before any signature was checked: strictly, and never to the process's harm."""

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.certs.proof import cbor as strict

KEYS = st.integers(-(2**64), 2**64 - 1) | st.text(max_size=5)
ITEMS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64 - 1) | st.floats(allow_nan=False)
    | st.text(max_size=20) | st.binary(max_size=300),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def depth_of(item: object) -> int:
    inner = list(item.values()) if isinstance(item, dict) else item if isinstance(item, list) else []
    return 1 + max(map(depth_of, inner), default=0)


class TestCbor:
    @given(item=ITEMS.filter(lambda item: depth_of(item) < 8))
    def test_reads_what_another_wrote(self, item: object) -> None:
        for is_shortest in (True, False):
            assert strict.read(cbor2.dumps(item, canonical=is_shortest)) == item

    @given(data=st.binary(max_size=60))
    def test_any_bytes_are_what_another_reads_in_them_or_refused(self, data: bytes) -> None:
        try:
            found = strict.read(data)
        except strict.NotCbor:
            return
        other = cbor2.loads(data)
        assert found == other or found != found or "nan" in repr(found) or other is cbor2.undefined  # noqa: PLR0124 - NaN

    @pytest.mark.parametrize(
        ("data", "why"),
        [
            ("", "cut off"), ("18", "cut off"), ("5affffffff00", "cut off"),
            ("9bffffffffffffffff00", "cut off"), ("0000", "after the end"), ("a201000100", "twice"),
            ("a1f500", "a name is"), ("a1410000", "a name is"), ("c100", "a tag"), ("d81c80", "a tag"),
            ("5f4100ff", "known beforehand"), ("9fff", "known beforehand"),
            ("1c", "known beforehand"), ("61ff", "UTF-8"), ("f0", "no meaning"), ("f818", "no meaning"),
            ("ff", "no meaning"), ("81" * 100_000 + "00", "deeper"), ("a100" * 100_000 + "00", "deeper"),
        ],
        ids=lambda text: text[:12],
    )  # fmt: skip
    def test_what_could_be_read_in_two_ways_is_refused(self, data: str, why: str) -> None:
        with pytest.raises(strict.NotCbor, match=why):
            strict.read(bytes.fromhex(data))
