"""Whether a signer's certificate leads to a root that we trust (RFC 5280, 6)."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import ExpiredError, NotYetValidError, PathError, ValidationError

# Whoever signs certificates answers for what they say: contentCommitment, by its older name.
_USAGE = {"non_repudiation"}


class NoTrust(Exception):
    """`reason`: why nobody we know answers for the signature."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def trust(
    signer: asn1.Certificate,
    others: Sequence[asn1.Certificate],
    roots: Sequence[x509.Certificate],
    *,
    at: datetime,
) -> None:
    """Nothing is fetched. The moment counts, not the day of the signature, which the signer alone claims."""
    context = ValidationContext(
        trust_roots=[asn1.Certificate.load(root.public_bytes(Encoding.DER)) for root in roots],
        other_certs=list(others),
        moment=at,
        allow_fetching=False,
    )
    validator = CertificateValidator(signer, validation_context=context)
    try:
        asyncio.run(validator.async_validate_usage(key_usage=_USAGE))
    except (ExpiredError, NotYetValidError) as error:
        raise NoTrust("pdf_issuer_expired") from error
    except (PathError, ValidationError, ValueError, TypeError, KeyError) as error:
        raise NoTrust("pdf_issuer_unknown") from error
