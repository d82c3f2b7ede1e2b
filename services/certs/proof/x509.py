"""X.509 for what cannot read a JWK: a root for the platform, under it a certificate for an authority's key.

A signed PDF (PAdES) carries both. The keys stay behind their port here too.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.x509.oid import NameOID

from services.kernel.keys.rings import SigningKey

Jwk = Mapping[str, Any]
Buffer = bytes | bytearray | memoryview

ROOT_LIFE = timedelta(days=30 * 365)
AUTHORITY_LIFE = timedelta(days=10 * 365)
# A certificate is made anew so long before its end: whoever keeps a PDF can check it for a year at least.
RENEWED_BEFORE = timedelta(days=365)
# Clocks of those who check may be behind.
_BACKDATED = timedelta(hours=1)
# X.520: 64 characters at most; for the common name cryptography counts bytes.
_LONGEST_NAME = 64
_HALF = 32


class PortKey(ec.EllipticCurvePrivateKey):
    """A key behind the signing port, as cryptography's builders want one: it signs, and that is all."""

    def __init__(self, key: SigningKey, public: Jwk) -> None:
        self._key, self._public = key, public_key(public)

    def sign(self, data: Buffer, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        algorithm = signature_algorithm.algorithm
        if isinstance(algorithm, Prehashed) or not isinstance(algorithm, hashes.SHA256):
            raise TypeError("the port signs with ES256 alone")
        return as_der(self._key.sign(bytes(data)))

    def public_key(self) -> ec.EllipticCurvePublicKey:
        return self._public

    @property
    def curve(self) -> ec.EllipticCurve:
        return self._public.curve

    @property
    def key_size(self) -> int:
        return self._public.key_size

    def exchange(self, *_: object) -> bytes:
        raise TypeError("the port signs, and does nothing else")

    def private_numbers(self) -> ec.EllipticCurvePrivateNumbers:
        raise TypeError("the private key stays behind its port")

    def private_bytes(self, *_: object) -> bytes:
        raise TypeError("the private key stays behind its port")

    def __copy__(self) -> "PortKey":
        return self

    def __deepcopy__(self, memo: object) -> "PortKey":
        return self


def as_der(signature: bytes) -> bytes:
    """From r and s side by side, as JOSE has it, to the ASN.1 that X.509 and CMS have (RFC 5480)."""
    return encode_dss_signature(int.from_bytes(signature[:_HALF]), int.from_bytes(signature[_HALF:]))


def public_key(jwk: Jwk) -> ec.EllipticCurvePublicKey:
    """Of a published JWK; TypeError for one of SM2, which the files that carry X.509 here do not know."""
    if jwk.get("crv") != "P-256":
        raise TypeError(f"a P-256 key is needed, and got one on {jwk.get('crv')}")
    key = jwt.PyJWK(dict(jwk), algorithm="ES256").key
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise TypeError("a public key is needed, and got a private one")
    return key


def make_root(key: SigningKey, public: Jwk, *, name: str, serial: int, at: datetime) -> str:
    """Sign itself, once, at set-up: PEM. Whoever checks PDF files trusts this certificate."""
    subject = _name(name)
    builder = _builder(subject, subject, public_key(public), serial, at, at + ROOT_LIFE)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
    return _pem(builder.sign(PortKey(key, public), hashes.SHA256()))


def certify(
    root_pem: str, root_key: SigningKey, public: Jwk, *, authority: str, name: str, serial: int, at: datetime
) -> str:
    """Give the certificate of an authority's key: PEM. It ends with its root at the latest.

    `serial`: 64 bits of chance at least, so that nobody can say beforehand what is signed
    (CA/Browser Forum, 7.1); `x509.random_serial_number()` has them.
    """
    root = x509.load_pem_x509_certificate(root_pem.encode())
    builder = _builder(_name(name, authority), root.subject, public_key(public), serial, at, _end(root, at))
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(_of(root))
    builder = builder.add_extension(issuer, critical=False)
    return _pem(builder.sign(PortKey(root_key, _jwk(_of(root))), hashes.SHA256()))


def holds_on(
    certificate: x509.Certificate, root: x509.Certificate, *, authority: str, name: str, at: datetime
) -> bool:
    """Whether an authority's certificate needs none after it: it ends late enough, or as late as one can.

    `name`: what it has to say, where that is known.
    """
    end = certificate.not_valid_after_utc
    if end - at < RENEWED_BEFORE and _end(root, at) > end:
        return False
    return not name or certificate.subject == _name(name, authority)


def _end(root: x509.Certificate, at: datetime) -> datetime:
    return min(at + AUTHORITY_LIFE, root.not_valid_after_utc)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    serial: int,
    begins: datetime,
    ends: datetime,
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder(issuer_name=issuer, subject_name=subject, public_key=key)
    builder = builder.serial_number(serial).not_valid_before(begins - _BACKDATED).not_valid_after(ends)
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _name(name: str, authority: str = "") -> x509.Name:
    parts = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, name[:_LONGEST_NAME]),
        x509.NameAttribute(NameOID.COMMON_NAME, name.encode()[:_LONGEST_NAME].decode(errors="ignore")),
    ]
    if authority:
        # X.520, 6.4: where whoever checks a PDF looks for the credit code.
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, authority))
    return x509.Name(parts)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    """contentCommitment: a document, not a session (ETSI EN 319 412-2, 4.3.2)."""
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=not signs_certificates,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _of(certificate: x509.Certificate) -> ec.EllipticCurvePublicKey:
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise TypeError("a root with a P-256 key is needed")
    return key


def _jwk(key: ec.EllipticCurvePublicKey) -> Jwk:
    return dict(jwt.algorithms.ECAlgorithm.to_jwk(key, as_dict=True))


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
