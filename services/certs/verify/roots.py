"""Whom a verifier without a network believes for the seals on PDF files."""

import json
from collections.abc import Sequence

from cryptography import x509

from services.certs.proof import TrustUnusable


def read_roots(*texts: str) -> Sequence[x509.Certificate]:
    """The `seal_roots` of lists of all authorities; a list of another form has none. TrustUnusable."""
    found: list[x509.Certificate] = []
    for text in texts:
        said = json.loads(text).get("seal_roots", ())
        try:
            found += [x509.load_pem_x509_certificate(pem.encode()) for pem in said]
        except (ValueError, TypeError, AttributeError) as error:
            raise TrustUnusable("seal_roots: needed certificates as PEM") from error
    return found
