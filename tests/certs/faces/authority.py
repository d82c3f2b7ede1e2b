"""A made-up authority with a signing certificate, under a made-up root."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NAME = "郧西县市场监督管理局"
CODE = "11420322YM0000002G"
MADE = datetime(2026, 1, 1, tzinfo=UTC)
AT = datetime(2026, 3, 5, 8, 0, tzinfo=UTC)
LIFE = timedelta(days=3 * 365)


@dataclass(frozen=True)
class Authority:
    """`chain` begins with the certificate of `key`; `root` is whom a checker trusts."""

    key: ec.EllipticCurvePrivateKey
    chain: tuple[x509.Certificate, ...]
    root: x509.Certificate
    root_key: ec.EllipticCurvePrivateKey


def under_another(root: Authority) -> Authority:
    """An authority whose certificate comes from an office that the root has certified, not from the root."""
    key, office_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    office_name = _name("郧西县数据局证书办公室", "11420322YM0000001D")
    office = _certificate(
        office_name, office_key.public_key(), root.root.subject, root.root_key, ca=True, commits=False
    )
    own = _certificate(_name(NAME, CODE), key.public_key(), office_name, office_key, ca=False, commits=True)
    return Authority(key, (own, office), root.root, root.root_key)


def an_authority(*, commits: bool = True, curve: ec.EllipticCurve | None = None) -> Authority:
    """`commits`: whether its certificate may sign documents."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(curve or ec.SECP256R1())
    root_name = _name("郧西县电子证照根证书", "11420322YM0000001D")
    root = _certificate(root_name, root_key.public_key(), root_name, root_key, ca=True, commits=False)
    own = _certificate(_name(NAME, CODE), key.public_key(), root_name, root_key, ca=False, commits=commits)
    return Authority(key, (own,), root, root_key)


def _name(common: str, code: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, common),
            x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, code),
        ]
    )


def _certificate(
    subject: x509.Name,
    public: ec.EllipticCurvePublicKey,
    issuer: x509.Name,
    by: ec.EllipticCurvePrivateKey,
    *,
    ca: bool,
    commits: bool,
) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=commits,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(MADE)
        .not_valid_after(MADE + LIFE)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
        .sign(by, hashes.SHA256())
    )
