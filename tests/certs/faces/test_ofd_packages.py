"""A stranger's package is opened within bounds, or refused; nothing of it is parsed as XML."""

import random
import struct
import time
import tracemalloc
import zipfile
from io import BytesIO

import pytest

from services.certs.domain.ofd import OfdTooLarge, OfdUnreadable, OfdUnsafe
from services.certs.faces import check_ofd, draw_ofd, embedded_token_of_ofd
from services.certs.faces.ofd.package import packed
from services.kernel.errors import Refusal
from tests.certs.faces.ofd_reading import entries_of, zipped
from tests.certs.faces.samples import TOKEN, a_face

LEAST = {"OFD.xml": b"<x/>", "a.sd-jwt": TOKEN.encode()}
MEGABYTE = 1024 * 1024
DOCTYPE = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>'


def with_flag(content: bytes, flag: int) -> bytes:
    """Set in the central directory's first entry."""
    place = content.index(b"PK\x01\x02") + 8
    return content[:place] + struct.pack("<H", flag) + content[place + 2 :]


def twice(name: str) -> bytes:
    """zipfile itself would warn."""
    other = "x" * len(name)
    return zipped({name: b"<x/>", other: b"<y/>"}).replace(other.encode(), name.encode())


class TestOurPackage:
    def test_is_whole_for_another_program(self) -> None:
        with zipfile.ZipFile(BytesIO(draw_ofd(a_face(), token=TOKEN))) as package:
            assert package.testzip() is None
            assert package.namelist()[0] == "OFD.xml"
            assert {one.compress_type for one in package.infolist()} == {zipfile.ZIP_STORED}
            assert {one.date_time for one in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}


class TestAStrangersPackage:
    @pytest.mark.parametrize(
        "content",
        [b"", b"%PDF-1.7", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), zipped({"x": b""})],
        ids=["nothing", "a PDF", "a piece", "empty", "no OFD.xml"],
    )
    def test_that_is_no_ofd_is_refused(self, content: bytes) -> None:
        with pytest.raises(OfdUnreadable):
            check_ofd(content)
        assert embedded_token_of_ofd(content) is None

    def test_that_is_huge_is_refused(self) -> None:
        with pytest.raises(OfdTooLarge):
            check_ofd(zipped({**LEAST, "x": bytes(20 * MEGABYTE)}))

    @pytest.mark.parametrize("name", ["../x", "a/../../x", "/x", "C:/x", "a\\..\\x", "..", "ofd.XML"])
    def test_with_a_name_that_leaves_it_or_stands_twice_is_refused(self, name: str) -> None:
        with pytest.raises(OfdUnsafe):
            check_ofd(zipped({**LEAST, name: b""}))

    def test_with_the_same_name_twice_is_refused(self) -> None:
        """One reader takes the first, another the last."""
        with pytest.raises(OfdUnsafe):
            check_ofd(twice("OFD.xml"))

    def test_that_is_encrypted_is_refused(self) -> None:
        with pytest.raises(OfdUnsafe):
            check_ofd(with_flag(zipped(LEAST), 1))

    @pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_that_is_compressed_in_an_unusual_way_is_refused(self, method: int) -> None:
        with pytest.raises(OfdUnsafe):
            check_ofd(zipped(LEAST, method))

    def test_with_entries_without_end_is_refused_before_they_are_listed(self) -> None:
        content = packed({**LEAST, **{f"{number:05}": b"" for number in range(60_000)}})
        begun = time.process_time()
        with pytest.raises(OfdUnsafe):
            check_ofd(content)
        assert time.process_time() - begun < 0.5

    def test_that_unpacks_to_more_than_any_certificate_is_refused(self) -> None:
        bomb = {f"{number}.xml": bytes(70 * MEGABYTE) for number in range(3)}
        with pytest.raises(OfdUnsafe):
            check_ofd(zipped({**LEAST, **bomb}, zipfile.ZIP_DEFLATED))

    def test_that_lies_about_its_sizes_is_unpacked_no_further(self) -> None:
        """A hundred megabytes that say they are ten bytes, as the token."""
        content = zipped({"OFD.xml": b"", "a.sd-jwt": bytes(100 * MEGABYTE)}, zipfile.ZIP_DEFLATED)
        lying = content.replace(struct.pack("<I", 100 * MEGABYTE), struct.pack("<I", 10))
        assert lying != content
        tracemalloc.start()
        try:
            assert embedded_token_of_ofd(lying) is None
            assert embedded_token_of_ofd(content) is None
            assert tracemalloc.get_traced_memory()[1] < 5 * MEGABYTE
        finally:
            tracemalloc.stop()

    def test_with_a_package_in_a_package_is_not_opened_further(self) -> None:
        nested = zipped(LEAST)
        for _ in range(20):
            nested = zipped({"OFD.xml": b"", "a.sd-jwt": nested, "x.ofd": nested}, zipfile.ZIP_DEFLATED)
        assert embedded_token_of_ofd(nested) is None

    @pytest.mark.parametrize("part", ["OFD.xml", "Doc_0/Document.xml", "Doc_0/Attachs/Attachments.xml"])
    def test_with_entities_is_never_parsed(self, part: str) -> None:
        """It is other bytes than ours, and that is all that is found."""
        content = packed({**entries_of(draw_ofd(a_face(), token=TOKEN)), part: DOCTYPE})
        assert check_ofd(content).integrity_reason == "ofd_changed"

    def test_in_pieces_is_refused_or_judged(self) -> None:
        """Three thousand times a few bytes of it are others, where the package is described above all."""
        ofd, chance = zipped(LEAST, zipfile.ZIP_DEFLATED), random.Random(27)
        for _ in range(3_000):
            changed = bytearray(ofd)
            for _ in range(chance.randrange(1, 6)):
                changed[chance.randrange(len(changed))] = chance.randrange(256)
            try:
                assert check_ofd(bytes(changed)).integrity == "unknown"
            except Refusal:
                continue
