"""What can be said of a signed file: whether it is as it was signed, and who signed it; each on its own."""

from dataclasses import dataclass
from typing import Literal

from services.kernel.errors import TooLarge, Unsupported

Verdict = Literal["valid", "invalid", "unknown"]


class PdfTooLarge(TooLarge):
    """Larger than any certificate's file."""

    code = "pdf_too_large"


class PdfUnreadable(Unsupported):
    """Not a PDF."""

    code = "pdf_unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfCheck:
    """Two answers, each with its reason code (`proto/reasons.yaml`) unless it is valid.

    `integrity` invalid: changed, or added to, after it was signed. Nobody answers for such a file: its
    issuer is unknown. `signed_by`, `authority` (its credit code), `key_id` (RFC 7638): as the signer's
    certificate has them, so a claim unless both answers are valid.
    """

    integrity: Verdict
    integrity_reason: str | None = None
    issuer: Verdict = "unknown"
    issuer_reason: str | None = None
    signed_by: str | None = None
    authority: str | None = None
    key_id: str | None = None
