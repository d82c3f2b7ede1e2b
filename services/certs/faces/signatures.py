"""The signature in a PDF's gap: a CMS of bounded size, with exactly one signer (RFC 5652)."""

from collections.abc import Sequence
from dataclasses import dataclass

from asn1crypto import cms
from asn1crypto import x509 as asn1
from cryptography.exceptions import UnsupportedAlgorithm
from pyhanko.sign.general import CMSExtractionError, extract_certificate_info, extract_signer_info
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_sig_integrity

_HASHES = {"sha256", "sha384", "sha512"}
# Signer, two or three above it, and a few that somebody added.
_MOST_CERTIFICATES = 8
_LARGEST_RSA = 4096
# What asn1crypto and pyHanko raise for a signature that is none: they have no list, so each was met or read.
_BROKEN = (
    *(CMSExtractionError, SignatureValidationError, UnsupportedAlgorithm),
    *(
        AttributeError,
        IndexError,
        KeyError,
        NotImplementedError,
        OverflowError,
        RecursionError,
        TypeError,
        ValueError,
    ),
)


class SignatureUnreadable(Exception):
    """It is not of the kind and form that we make and check; what it signs may be whole or not."""


class SignatureWrong(Exception):
    """It was made for something else, or with another key."""


@dataclass(frozen=True, slots=True)
class Signature:
    """`others`: the certificates that came along, for the way to a root."""

    info: cms.SignerInfo
    signer: asn1.Certificate
    others: Sequence[asn1.Certificate]
    hash_name: str

    def check(self, digest: bytes) -> None:
        """That it was made, over this digest, with the key of the certificate that it names."""
        try:
            intact, valid = validate_sig_integrity(self.info, self.signer, "data", digest)
        except _BROKEN as error:
            raise SignatureWrong("the signature and its certificate do not fit") from error
        if not (intact and valid):
            raise SignatureWrong("the signature is of something else")


def read_signature(der: bytes) -> Signature:
    """Every byte of it counts: its form is DER, and behind it stand only the zeros that fill the gap."""
    try:
        content = cms.ContentInfo.load(der)
        exact = _exact(content)
        signed = content["content"]
        info, found = extract_signer_info(signed), extract_certificate_info(signed)
        hash_name = info["digest_algorithm"]["algorithm"].native
        usable = all(map(_usable, [found.signer_cert, *found.other_certs]))
        attributes = info["signed_attrs"].native
    except _BROKEN as error:
        raise SignatureUnreadable("the signature cannot be read") from error
    if der[: len(exact)] != exact or any(der[len(exact) :]):
        raise SignatureUnreadable("the signature is not in its one exact form")
    # Without signed attributes, attributes could be passed off as content.
    if (
        not attributes
        or hash_name not in _HASHES
        or not usable
        or len(found.other_certs) >= _MOST_CERTIFICATES
    ):
        raise SignatureUnreadable("the signature is not of a kind that we check")
    return Signature(info, found.signer_cert, found.other_certs, hash_name)


def _exact(content: cms.ContentInfo) -> bytes:
    """Signer and certificates as version 1 has them (RFC 5652, 5.1), with nothing that is not signed."""
    signed = content["content"]
    (signer,) = signed["signer_infos"]
    names = ("sid", "digest_algorithm", "signed_attrs", "signature_algorithm", "signature")
    once = cms.SignerInfo({"version": "v1"} | {name: signer[name] for name in names})
    again = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [signer["digest_algorithm"]],
            "encap_content_info": {"content_type": "data"},
            "certificates": signed["certificates"],
            "signer_infos": [once],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": again}).dump())


def _usable(certificate: asn1.Certificate) -> bool:
    """Keys that are checked in a moment: a named curve, or RSA of a usual size."""
    key = certificate.public_key
    if key.algorithm == "ec":
        return bool(key.curve[0] == "named")
    return bool(key.algorithm == "rsa" and key.bit_size <= _LARGEST_RSA)
