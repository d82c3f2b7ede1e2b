"""An authority's signature on a PDF: whoever changes a byte is found, and whoever signs for another too."""

import hashlib
import random
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from asn1crypto import cms
from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from services.certs.domain.face import Face
from services.certs.domain.seal import PdfCheck, PdfTooLarge, PdfUnreadable
from services.certs.faces import Faces, check_pdf, embedded_token, sign_pdf
from tests.certs.faces.authority import AT, CODE, LIFE, NAME, Authority, an_authority, under_another
from tests.certs.faces.reading import text_of
from tests.certs.faces.samples import TOKEN, a_face

GOOD = PdfCheck(integrity="valid", issuer="valid", signed_by=NAME, authority=CODE)


def gap_of(pdf: bytes) -> tuple[int, int]:
    """Where the signature's digits begin and end, without their brackets."""
    first, length, second, _rest = map(int, re.findall(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)\]", pdf)[-1])
    assert first == 0
    return length + 1, second - 1


def with_signature(pdf: bytes, der: bytes) -> bytes:
    begin, end = gap_of(pdf)
    return pdf[:begin] + der.hex().upper().encode().ljust(end - begin, b"0") + pdf[end:]


def signature_of(pdf: bytes) -> bytes:
    """Without the zeros that fill its gap."""
    begin, end = gap_of(pdf)
    return bytes(cms.ContentInfo.load(bytes.fromhex(pdf[begin:end].decode())).dump())


@pytest.fixture(scope="module")
def pdf(signed: Callable[[Face], bytes]) -> bytes:
    return signed(a_face())


class TestAnUntouchedFile:
    def test_is_whole_and_says_who_issued_it(self, pdf: bytes, authority: Authority) -> None:
        assert replace(check_pdf(pdf, [authority.root], at=AT), key_id=None) == GOOD

    def test_holds_for_somebody_elses_checker(self, pdf: bytes, authority: Authority) -> None:
        """pyHanko's own reader and validator, which ours does not use: the whole file, PAdES, trusted."""
        (found,) = PdfFileReader(BytesIO(pdf)).embedded_signatures
        root = asn1.Certificate.load(authority.root.public_bytes(Encoding.DER))
        status = validate_pdf_signature(found, ValidationContext(trust_roots=[root], moment=AT))
        assert status.bottom_line
        assert status.coverage is SignatureCoverageLevel.ENTIRE_FILE
        assert found.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"

    def test_is_signed_with_the_key_of_the_certificate(self, pdf: bytes, authority: Authority) -> None:
        """By hand: ECDSA on P-256 over attributes that hold the SHA-256 of all but the gap."""
        begin, end = gap_of(pdf)
        (info,) = cms.ContentInfo.load(signature_of(pdf))["content"]["signer_infos"]
        attributes = {one["type"].native: one["values"].native[0] for one in info["signed_attrs"]}
        assert attributes["message_digest"] == hashlib.sha256(pdf[: begin - 1] + pdf[end + 1 :]).digest()
        assert {"signing_certificate_v2", "content_type"} < set(attributes)
        assert "signing_time" not in attributes
        signed = info["signed_attrs"].untag().dump()
        authority.key.public_key().verify(info["signature"].native, signed, ec.ECDSA(hashes.SHA256()))

    def test_says_when_it_was_signed(self, pdf: bytes) -> None:
        (found,) = PdfFileReader(BytesIO(pdf)).embedded_signatures
        assert found.self_reported_timestamp == AT

    def test_keeps_the_text_and_the_token_of_the_face(self, pdf: bytes, faces: Faces) -> None:
        assert pdf.startswith(faces.pdf(a_face(), token=TOKEN))
        assert text_of(pdf) == text_of(faces.pdf(a_face()))
        assert embedded_token(pdf) == TOKEN


class TestAChangedFile:
    def test_is_found_wherever_a_bit_was_turned(self, pdf: bytes, authority: Authority) -> None:
        """A thousand places by chance, the same every time."""
        chance = random.Random(6)
        for place in chance.sample(range(len(pdf)), 1_000):
            changed = bytearray(pdf)
            changed[place] ^= 1 << chance.randrange(8)
            assert verdict(bytes(changed), authority) != "valid", place

    def test_is_found_in_every_byte_of_the_signature(self, pdf: bytes, authority: Authority) -> None:
        der = signature_of(pdf)
        for place in range(len(der)):
            changed = bytearray(der)
            changed[place] ^= 1 << place % 8
            assert verdict(with_signature(pdf, bytes(changed)), authority) != "valid", place

    def test_is_told_from_one_that_cannot_be_judged(self, pdf: bytes, authority: Authority) -> None:
        """A changed word is a lie; a signature that cannot be read is a question."""
        changed = pdf.replace(b"/Title", b"/Titel", 1)
        assert check_pdf(changed, [authority.root], at=AT).integrity_reason == "pdf_changed"
        unreadable = check_pdf(with_signature(pdf, b"\x30\x03\x02\x01"), [authority.root], at=AT)
        assert (unreadable.integrity, unreadable.integrity_reason) == ("unknown", "pdf_signature_unreadable")

    def test_is_found_when_it_was_added_to_by_the_rules(self, pdf: bytes, authority: Authority) -> None:
        """An incremental update leaves the signed bytes alone: a reader would show what was added."""
        writer = IncrementalPdfFileWriter(BytesIO(pdf))
        writer.root["/Lang"] = writer.root["/Pages"]
        writer.update_root()
        added = BytesIO()
        writer.write(added)
        assert added.getvalue().startswith(pdf)
        found = check_pdf(added.getvalue(), [authority.root], at=AT)
        assert (found.integrity, found.integrity_reason) == ("invalid", "pdf_extended")
        assert (found.issuer, found.signed_by) == ("unknown", None)

    @pytest.mark.parametrize("tail", [b"\n", b"%", b"x" * 5_000])
    def test_is_found_when_something_was_appended(
        self, pdf: bytes, authority: Authority, tail: bytes
    ) -> None:
        assert check_pdf(pdf + tail, [authority.root], at=AT).integrity_reason == "pdf_extended"

    def test_is_found_when_it_was_cut(self, pdf: bytes, authority: Authority) -> None:
        for length in (len(pdf) - 1, gap_of(pdf)[0], len(pdf) // 2):
            assert verdict(pdf[:length], authority) != "valid"

    def test_cannot_hide_in_the_gap(self, pdf: bytes, authority: Authority) -> None:
        """The gap alone is not signed: it holds digits of one signature, then zeros."""
        begin, end = gap_of(pdf)
        hidden = pdf[: end - 40] + b"> /Evil (x) <".ljust(40, b"0") + pdf[end:]
        trailing = pdf[: end - 2] + b"01" + pdf[end:]
        lower = pdf[:begin] + pdf[begin:end].replace(b"A", b"a", 1) + pdf[end:]
        for changed in (hidden, trailing, lower):
            assert check_pdf(changed, [authority.root], at=AT).integrity_reason == "pdf_signature_unreadable"

    def test_cannot_widen_its_gap(self, pdf: bytes, authority: Authority) -> None:
        """A range that leaves out more than the digits leaves out what a reader would show."""
        found = re.search(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\]", pdf)
        assert found is not None
        length = int(found[1])
        changed = pdf.replace(found[0], found[0].replace(found[1], str(length - 300).encode()))
        assert verdict(changed, authority) != "valid"

    def test_is_found_when_its_signature_is_of_another_file(
        self, pdf: bytes, signed: Callable[[Face], bytes], authority: Authority
    ) -> None:
        other = signed(a_face(holder_name="郧西县城关镇天河商行"))
        moved = with_signature(pdf, signature_of(other))
        assert check_pdf(moved, [authority.root], at=AT).integrity_reason == "pdf_changed"


class TestTheIssuer:
    def test_is_unknown_without_a_way_to_a_root(self, pdf: bytes) -> None:
        """Whole, and signed by somebody who calls itself an authority."""
        found = check_pdf(pdf, [an_authority().root], at=AT)
        assert (found.integrity, found.issuer, found.issuer_reason) == (
            *("valid", "unknown"),
            "pdf_issuer_unknown",
        )
        assert check_pdf(pdf, [], at=AT).issuer_reason == "pdf_issuer_unknown"

    @pytest.mark.parametrize("apart", [LIFE, -timedelta(days=90)], ids=["after", "before"])
    def test_is_unknown_outside_its_certificates_time(
        self, pdf: bytes, authority: Authority, apart: timedelta
    ) -> None:
        found = check_pdf(pdf, [authority.root], at=AT + apart)
        assert (found.integrity, found.issuer_reason) == ("valid", "pdf_issuer_expired")

    def test_is_unknown_when_its_certificate_may_not_sign(self, faces: Faces) -> None:
        """That of a web server under the same root, say."""
        server = an_authority(commits=False)
        pdf = sign_pdf(faces.pdf(a_face()), server.key, server.chain, at=AT)
        assert check_pdf(pdf, [server.root], at=AT).issuer_reason == "pdf_issuer_unknown"

    def test_is_found_over_an_office_in_between(self, faces: Faces, authority: Authority) -> None:
        """Its certificate travels in the signature; without it the way to the root is not there."""
        below = under_another(authority)
        pdf = sign_pdf(faces.pdf(a_face()), below.key, below.chain, at=AT)
        assert replace(check_pdf(pdf, [authority.root], at=AT), key_id=None) == GOOD
        lone = sign_pdf(faces.pdf(a_face()), below.key, below.chain[:1], at=AT)
        assert check_pdf(lone, [authority.root], at=AT).issuer_reason == "pdf_issuer_unknown"

    def test_cannot_be_signed_for_with_another_key(self, faces: Faces, authority: Authority) -> None:
        with pytest.raises(ValueError, match="does not begin with"):
            sign_pdf(faces.pdf(a_face()), an_authority().key, authority.chain, at=AT)

    def test_has_a_key_on_p_256(self, faces: Faces) -> None:
        other = an_authority(curve=ec.SECP384R1())
        with pytest.raises(ValueError, match="secp256r1"):
            sign_pdf(faces.pdf(a_face()), other.key, other.chain, at=AT)


class TestAStrangersFile:
    def test_without_a_signature_is_a_question(self, faces: Faces, authority: Authority) -> None:
        found = check_pdf(faces.pdf(a_face()), [authority.root], at=AT)
        assert (found.integrity, found.integrity_reason) == ("unknown", "pdf_unsigned")

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"<html>%PDF-1.7"])
    def test_that_is_no_pdf_is_refused(self, authority: Authority, content: bytes) -> None:
        with pytest.raises(PdfUnreadable):
            check_pdf(content, [authority.root], at=AT)

    def test_that_is_huge_is_refused(self, authority: Authority) -> None:
        with pytest.raises(PdfTooLarge):
            check_pdf(b"%PDF-1.7" + bytes(20 * 1024 * 1024), [authority.root], at=AT)

    @pytest.mark.parametrize(
        "filler",
        [
            b"/ByteRange [0 1 2 3] ",
            b"/ByteRange [",
            b"/ByteRange" + b" " * 9,
            b"1 0 obj<</Type/ObjStm/N 99999/Filter/FlateDecode>>stream\n",
            b"1 0 obj<</Kids[1 0 R 1 0 R]/Count 999999999/Parent 1 0 R>>endobj ",
            b"<<" * 9,
            b"/EmbeddedFile stream\nx\xda",
        ],
    )
    def test_is_judged_whatever_it_is_full_of(self, authority: Authority, filler: bytes) -> None:
        """Nothing is unpacked or followed, so pages without end, nesting and bombs are bytes like others."""
        content = (b"%PDF-1.7\n" + filler * (20 * 1024 * 1024 // len(filler)))[: 20 * 1024 * 1024]
        assert check_pdf(content, [authority.root], at=AT).integrity != "valid"
        assert embedded_token(content) is None

    @settings(max_examples=150, deadline=None)
    @given(der=st.binary(max_size=400))
    def test_may_have_any_signature(self, pdf: bytes, authority: Authority, der: bytes) -> None:
        assert verdict(with_signature(pdf, der), authority) in {"unknown", "invalid"}

    def test_may_have_a_signature_nested_without_end(self, pdf: bytes, authority: Authority) -> None:
        nested = b""
        for _ in range(900):
            nested = b"\x30" + _length(nested) + nested
        assert verdict(with_signature(pdf, nested), authority) == "unknown"


def verdict(pdf: bytes, authority: Authority) -> str:
    """Refused counts as not judged."""
    try:
        return check_pdf(pdf, [authority.root], at=AT).integrity
    except PdfUnreadable:
        return "unknown"


def _length(content: bytes) -> bytes:
    """Of DER, in its long form."""
    return b"\x82" + len(content).to_bytes(2, "big")
