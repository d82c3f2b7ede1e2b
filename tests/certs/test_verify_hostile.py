"""Whatever a stranger hands in: an answer or a refusal, never a defect, and never much work."""

import io
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.certs.domain.verification import Found, Presented, Verification
from services.certs.proof import Addresses, Trust
from services.certs.verify.judging import judge
from services.certs.verify.online import OfRecord
from services.certs.verify.presented import open_presented
from services.kernel.errors import Refusal
from tests.certs.proof.desk import Desk

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
BEGINNINGS = (
    b"",
    b"%PDF-1.7\n",
    b"PK\x03\x04",
    b"https://yima.example/verify?code=",
    b"eyJhbGciOiJFUzI1NiJ9.",
)
PIECES = (
    b"/ByteRange [0 1 2 3]",
    b"/EmbeddedFile stream",
    b"~",
    b".",
    b"\xff",
    b"<00>",
    b"certificate.sd-jwt",
)


def judged(content: bytes, trust: Trust | None = None) -> Verification | Refusal | Presented:
    try:
        presented = open_presented(content, [], at=NOW)
    except Refusal as refusal:
        return refusal
    if presented.kind == "code":
        return presented
    statuses = OfRecord(Found(at=NOW), Addresses("https://yima.example"))
    return judge(presented, trust=trust or Trust(), statuses=statuses, at=NOW, most_age=timedelta(minutes=5))


@pytest.fixture(scope="module")
def signed_token(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Trust]:
    """One that holds, and who is believed."""
    desk = Desk.at(tmp_path_factory.mktemp("desk"))
    return desk.issue(), desk.trust


class TestAnything:
    @settings(max_examples=150, deadline=None)
    @given(
        st.sampled_from(BEGINNINGS),
        st.lists(st.one_of(st.binary(max_size=40), st.sampled_from(PIECES)), max_size=12),
    )
    def test_gets_an_answer_that_is_not_valid(self, beginning: bytes, pieces: list[bytes]) -> None:
        found = judged(beginning + b"".join(pieces))
        if isinstance(found, Verification):
            assert found.state != "valid"
            assert found.shown == {}

    @settings(max_examples=60, deadline=None)
    @given(st.integers(0, 10_000), st.integers(1, 255))
    def test_a_token_with_one_byte_changed_is_never_valid(
        self, signed_token: tuple[str, Trust], place: int, by: int
    ) -> None:
        token, trust = signed_token
        content = bytearray(token.encode())
        content[place % len(content)] ^= by
        found = judged(bytes(content), trust)
        assert not isinstance(found, Verification) or found.integrity.state != "valid"


class TestAPackage:
    def test_of_a_gigabyte_of_nothing_is_not_unpacked(self) -> None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
            package.writestr("Doc_0/Attachs/certificate.sd-jwt", bytes(256 * 1024 * 1024))
        assert len(packed.getvalue()) < 1024 * 1024
        found = judged(packed.getvalue())
        assert isinstance(found, Refusal) or (
            isinstance(found, Verification) and found.integrity.code == "ofd_without_token"
        )

    def test_of_many_files_is_looked_into_a_few_times(self) -> None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
            for number in range(3_000):
                package.writestr(f"Doc_0/Attachs/{number}.sd-jwt", b"a.b.c~")
        found = judged(packed.getvalue())
        assert isinstance(found, Refusal) or (isinstance(found, Verification) and found.state != "valid")
