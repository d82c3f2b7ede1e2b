"""An authority's signature on a PDF: PAdES B-B (ETSI EN 319 142-1), EC P-256, over the whole file."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO

from asn1crypto import keys
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko_certvalidator.registry import SimpleCertificateStore

FIELD = "Authority"
_CURVE = "secp256r1"
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


def _signer(key: ec.EllipticCurvePrivateKey, chain: Sequence[x509.Certificate]) -> SimpleSigner:
    if not chain or chain[0].public_key() != key.public_key():
        raise ValueError("the chain does not begin with the certificate of the key")
    if key.curve.name != _CURVE:
        raise ValueError(f"got a key on {key.curve.name}; needed one on {_CURVE}")
    first, *others = (asn1.Certificate.load(one.public_bytes(Encoding.DER)) for one in chain)
    store = SimpleCertificateStore()
    store.register_multiple(others)
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return SimpleSigner(first, keys.PrivateKeyInfo.load(private), store)
