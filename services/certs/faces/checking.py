"""Whether a PDF is, byte for byte, what an authority signed; found without a PDF reader.

The signature has to cover the whole file but for its own hexadecimal digits, which stand in one gap. Then
every byte is the authority's, whatever a reader would make of it; and nothing of a stranger's file is
unpacked, followed or drawn, so no bomb goes off: time and memory grow with its size alone, which has a bound.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from asn1crypto import x509 as asn1
from cryptography import x509
from jwt.utils import base64url_encode

from services.certs.domain.seal import PdfCheck, PdfTooLarge, PdfUnreadable
from services.certs.faces.chains import NoTrust, trust
from services.certs.faces.signatures import Signature, SignatureUnreadable, SignatureWrong, read_signature

LARGEST = 20 * 1024 * 1024
# Digits of one signature: ours has 16,384.
_LONGEST_GAP = 128 * 1024
# A certificate is signed once; the rest is room for other people's files.
_MOST_SIGNATURES = 16
_NUMBER = rb"\s{0,8}(\d{1,10})"
_RANGE = re.compile(rb"/ByteRange\s{0,8}\[" + 4 * _NUMBER + rb"\s{0,64}\]")
_GAP = re.compile(rb"<([0-9a-f]+|[0-9A-F]+)>")


@dataclass(frozen=True, slots=True)
class _Covered:
    """All of a file up to `end`, but for the gap."""

    gap_from: int
    gap_to: int
    end: int

    def digest(self, content: bytes, hash_name: str) -> bytes:
        view, made = memoryview(content), hashlib.new(hash_name)
        made.update(view[: self.gap_from])
        made.update(view[self.gap_to : self.end])
        return made.digest()

    def signature(self, content: bytes) -> Signature:
        """The digits, and nothing else, stand in the gap."""
        if self.gap_to - self.gap_from > _LONGEST_GAP:
            raise SignatureUnreadable("the gap is larger than any signature")
        found = _GAP.fullmatch(content, self.gap_from, self.gap_to)
        if found is None or len(found[1]) % 2:
            raise SignatureUnreadable("the gap has something else in it than a signature")
        return read_signature(bytes.fromhex(found[1].decode("ascii")))


def check_pdf(content: bytes, roots: Sequence[x509.Certificate], *, at: datetime) -> PdfCheck:
    """Two answers; a file too large, or no PDF, is refused. `roots`: whom we trust at that moment."""
    if len(content) > LARGEST:
        raise PdfTooLarge(f"got {len(content)} bytes; needed at most {LARGEST}")
    if not content.startswith(b"%PDF-"):
        raise PdfUnreadable("got something that does not begin as a PDF does; needed a PDF")
    ranges = [_covered(found) for found in islice(_RANGE.finditer(content), _MOST_SIGNATURES)]
    if not ranges:
        return _unknown("pdf_unsigned")
    whole = [one for one in ranges if one and one.end == len(content)]
    if not whole:
        return _bad(_extended_or_changed(content, ranges))
    try:
        signature = whole[-1].signature(content)
        signature.check(whole[-1].digest(content, signature.hash_name))
    except SignatureWrong:
        return _bad("pdf_changed")
    except SignatureUnreadable:
        return _unknown("pdf_signature_unreadable")
    return _issued(signature, roots, at)


def _covered(found: re.Match[bytes]) -> _Covered | None:
    first, length, second, rest = map(int, found.groups())
    return _Covered(length, second, second + rest) if first == 0 and length < second else None


def _extended_or_changed(content: bytes, ranges: Sequence[_Covered | None]) -> str:
    """Whether an earlier state of the file is whole: then somebody added to it."""
    for one in ranges:
        try:
            if one and one.end < len(content):
                signature = one.signature(content)
                signature.check(one.digest(content, signature.hash_name))
                return "pdf_extended"
        except (SignatureUnreadable, SignatureWrong):
            continue
    return "pdf_changed"


def _bad(reason: str) -> PdfCheck:
    return PdfCheck(integrity="invalid", integrity_reason=reason, issuer_reason=reason)


def _unknown(reason: str) -> PdfCheck:
    return PdfCheck(integrity="unknown", integrity_reason=reason, issuer_reason=reason)


def _issued(signature: Signature, roots: Sequence[x509.Certificate], at: datetime) -> PdfCheck:
    found = PdfCheck(
        integrity="valid",
        issuer="valid",
        signed_by=_of_subject(signature.signer, "common_name"),
        authority=_of_subject(signature.signer, "organization_identifier"),
        key_id=_key_id(signature.signer),
    )
    try:
        trust(signature.signer, signature.others, roots, at=at)
    except NoTrust as error:
        return replace(found, issuer="unknown", issuer_reason=error.reason)
    return found


def _of_subject(certificate: asn1.Certificate, name: str) -> str | None:
    value = certificate.subject.native.get(name)
    return value if isinstance(value, str) else None


def _key_id(certificate: asn1.Certificate) -> str | None:
    """RFC 7638, 3: the thumbprint of a P-256 key, None for any other."""
    key = certificate.public_key
    if key.algorithm != "ec" or key.curve[1] != "secp256r1":
        return None
    x, y = (base64url_encode(bytes(half)).decode() for half in _halves(key["public_key"].native))
    said = f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'
    return base64url_encode(hashlib.sha256(said.encode()).digest()).decode()


def _halves(point: bytes) -> tuple[bytes, bytes]:
    """SEC 1, 2.3.3: a byte that says that it is not compressed, and two numbers."""
    return point[1:33], point[33:65]
