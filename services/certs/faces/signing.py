"""An authority's signature on a PDF: PAdES B-B (ETSI EN 319 142-1), EC P-256, over the whole file."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO

from asn1crypto import algos
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko_certvalidator.registry import SimpleCertificateStore

FIELD = "Authority"
_CURVE = "secp256r1"
# DER of r and s of 32 bytes each: two more for each where its first bit is set, and their heads.
_LONGEST_RAW = 72
# Bytes for the signature: a chain of three certificates takes half of them.
_RESERVED = 8192


def sign_pdf(
    pdf: bytes, key: ec.EllipticCurvePrivateKey, chain: Sequence[x509.Certificate], *, at: datetime
) -> bytes:
    """One of our own PDFs, signed; `chain` begins with the certificate of the key.

    The bytes given stay as they are; the signature follows them. Not for a file from outside: it is parsed.
    """
    signer = _signer(key, chain)
    metadata = PdfSignatureMetadata(
        field_name=FIELD, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, embed_validation_info=False
    )
    return asyncio.run(_signed(IncrementalPdfFileWriter(BytesIO(pdf)), PdfSigner(metadata, signer), at))


async def _signed(writer: IncrementalPdfFileWriter, signer: PdfSigner, at: datetime) -> bytes:
    """As PdfSigner does it, but with the time that was handed in."""
    session = signer.init_signing_session(writer)
    session.system_time = at
    ready = session.prepare_tbs_document(validation_info=None, bytes_reserved=_RESERVED)
    prepared, output = ready.digest_tbs_document()
    await ready.perform_signature(
        document_digest=prepared.document_digest,
        # PAdES keeps the time in the dictionary, outside the attributes (EN 319 142-1, 6.3).
        pdf_cms_signed_attrs=PdfCMSSignedAttributes(signing_time=None),
    )
    output.seek(0)
    return bytes(output.read())


def _signer(key: ec.EllipticCurvePrivateKey, chain: Sequence[x509.Certificate]) -> Signer:
    if not chain or chain[0].public_key() != key.public_key():
        raise ValueError("the chain does not begin with the certificate of the key")
    if key.curve.name != _CURVE:
        raise ValueError(f"got a key on {key.curve.name}; needed one on {_CURVE}")
    return _PortSigner(key, [asn1.Certificate.load(one.public_bytes(Encoding.DER)) for one in chain])


class _PortSigner(Signer):
    """The key signs, and is not taken out of its port: an HSM may stand behind it."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, chain: Sequence[asn1.Certificate]) -> None:
        store = SimpleCertificateStore()
        store.register_multiple(chain[1:])
        mechanism = algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"})
        super().__init__(signing_cert=chain[0], cert_registry=store, signature_mechanism=mechanism)
        self._key = key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: FBT001, FBT002 - pyHanko's own form
        if digest_algorithm != "sha256":
            raise ValueError(f"got {digest_algorithm}; needed sha256")
        return bytes(_LONGEST_RAW) if dry_run else self._key.sign(data, ec.ECDSA(SHA256()))
