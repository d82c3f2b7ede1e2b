"""X.509 for PDF readers: a root for the platform, and an authority's key under it, both behind their port."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import PolicyBuilder, Store

from services.certs.proof.x509 import PortKey, as_der, certify, make_root, public_key
from services.kernel.keys.rings import HeldRing, KeyRing
from tests.certs.proof.desk import BUREAU, NOW, OTHER, Desk

NAME = "郧西县市场监督管理局"


def first_public(ring: KeyRing) -> dict[str, Any]:
    found: dict[str, Any] = ring.published["keys"][0]
    return found


@pytest.fixture
def root(desk: Desk) -> str:
    ring = desk.status_ring
    return make_root(ring.current, first_public(ring), name="一码平台", serial=1, at=NOW)


@pytest.fixture
def leaf(desk: Desk, root: str) -> str:
    public = first_public(desk.rings.ring(BUREAU))
    return certify(
        root, desk.status_ring.current, public, authority=BUREAU, name=NAME, serial=2**127 + 1, at=NOW
    )


def loaded(pem: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem.encode())


class TestCertificate:
    def test_is_signed_by_the_root_which_signs_itself(self, root: str, leaf: str) -> None:
        loaded(leaf).verify_directly_issued_by(loaded(root))
        loaded(root).verify_directly_issued_by(loaded(root))

    def test_names_the_authority_by_name_and_code(self, leaf: str) -> None:
        subject = loaded(leaf).subject
        assert subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value == NAME
        assert subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)[0].value == BUREAU

    def test_is_of_the_key_that_signs_its_certificates(self, desk: Desk, leaf: str) -> None:
        assert loaded(leaf).public_key() == public_key(first_public(desk.rings.ring(BUREAU)))

    def test_what_the_authoritys_port_signs_holds_under_it(self, desk: Desk, leaf: str) -> None:
        signature = as_der(desk.rings.ring(BUREAU).current.sign(b"a PDF"))
        key = loaded(leaf).public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        key.verify(signature, b"a PDF", ec.ECDSA(hashes.SHA256()))

    def test_signs_documents_and_no_certificates(self, root: str, leaf: str) -> None:
        usage = loaded(leaf).extensions.get_extension_for_class(x509.KeyUsage).value
        assert (usage.content_commitment, usage.key_cert_sign) == (True, False)
        assert not loaded(leaf).extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        constraints = loaded(root).extensions.get_extension_for_class(x509.BasicConstraints).value
        assert (constraints.ca, constraints.path_length) == (True, 0)

    def test_holds_in_a_path_that_somebody_else_builds(self, root: str, leaf: str) -> None:
        policy = PolicyBuilder().store(Store([loaded(root)])).time(NOW + timedelta(days=1))
        ca = x509.verification.ExtensionPolicy.webpki_defaults_ca()
        verifier = policy.extension_policies(
            ca_policy=ca, ee_policy=x509.verification.ExtensionPolicy.permit_all()
        ).build_client_verifier()
        assert len(verifier.verify(loaded(leaf), []).chain) == 2

    def test_ends_with_its_root_at_the_latest(self, desk: Desk, root: str) -> None:
        ends = loaded(root).not_valid_after_utc
        public = first_public(desk.rings.ring(OTHER))
        late = certify(
            root, desk.status_ring.current, public, authority=OTHER, name=NAME, serial=3,
            at=ends - timedelta(days=10),
        )  # fmt: skip
        assert loaded(late).not_valid_after_utc == ends

    def test_a_long_name_is_cut_to_what_the_form_takes(self, desk: Desk, root: str) -> None:
        public = first_public(desk.rings.ring(OTHER))
        pem = certify(
            root, desk.status_ring.current, public, authority=OTHER, name="某" * 99, serial=3, at=NOW
        )
        assert loaded(pem).subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value == "某" * 64
        assert loaded(pem).subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "某" * 21


class TestPort:
    def test_gives_no_private_key_away(self, desk: Desk) -> None:
        ring: HeldRing = desk.status_ring
        key = PortKey(ring.current, first_public(ring))
        with pytest.raises(TypeError, match="stays behind"):
            key.private_numbers()
        with pytest.raises(TypeError, match="stays behind"):
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        with pytest.raises(TypeError, match="nothing else"):
            key.exchange(ec.ECDH(), key.public_key())

    def test_signs_with_es256_alone(self, desk: Desk) -> None:
        ring: HeldRing = desk.status_ring
        with pytest.raises(TypeError, match="ES256"):
            PortKey(ring.current, first_public(ring)).sign(b"x", ec.ECDSA(hashes.SHA384()))
