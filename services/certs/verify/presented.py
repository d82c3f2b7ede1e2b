"""What somebody shows, whatever it is: told apart, taken apart, and judged as three answers.

Nothing is guessed by name or media type: the first bytes say what it is. What is not a file is text, and text
that is no code is a token, or would have to be one.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from cryptography import x509

from services.certs.domain.printed_code import PrintedCodeWrong, plain_code
from services.certs.domain.verification import Presented
from services.certs.faces import check_ofd, check_pdf, embedded_end, embedded_token
from services.certs.proof import claim_in

_PDF, _ZIP = b"%PDF-", b"PK\x03\x04"
_ADDRESS = re.compile(r"https?://[!-~]{1,500}", re.IGNORECASE)
# A little more than is read of any token, so that a longer one is found too long.
_MOST_TEXT = 1024 * 1024
_MOST_FIELDS = 5


def open_presented(content: bytes, roots: Sequence[x509.Certificate], *, at: datetime) -> Presented:
    """Check a file as far as it goes by itself. A file that is none, or a bomb, is refused."""
    if content.startswith(_PDF):
        token = embedded_token(content)
        checked = check_pdf(content, roots, at=at)
        end = embedded_end(content)
        return Presented(kind="pdf", text=token, certificate_id=_id(token), pdf=checked, expires_on=end)
    if content.startswith(_ZIP):
        found = check_ofd(content)
        marking = found.face.marking if found.face else None
        end = marking.expires_on if marking else None
        return Presented(
            kind="ofd", text=found.token, certificate_id=_id(found.token), ofd=found, expires_on=end
        )
    # Bytes that are no UTF-8 stay visible as such, and make it unreadable.
    text = content[:_MOST_TEXT].decode(errors="replace").strip()
    if (code := _code_in(text)) is not None:
        return Presented(kind="code", text=code)
    return Presented(kind="token", text=text, certificate_id=_id(text))


def _id(token: str | None) -> str | None:
    return claim_in(token, "jti") if token else None


def _code_in(text: str) -> str | None:
    """A code as it is typed, or the address that the printed QR holds; whether one was given is not asked."""
    try:
        if _ADDRESS.fullmatch(text):
            text = parse_qs(urlsplit(text).query, max_num_fields=_MOST_FIELDS).get("code", [""])[0]
        return plain_code(text)
    # reason: no address at all, one of more fields, or a code that is none
    except (ValueError, PrintedCodeWrong):
        return None
