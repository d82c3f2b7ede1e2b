"""Whether an OFD is, byte for byte, what we draw of the face and the token that it holds.

A stranger's pages are not read: the face is taken from its data, drawn again, and every byte compared. Then
what any reader shows, the metadata and the data are one, and `OfdCheck.against` holds it against the token.
No XML of a stranger is parsed; of its package only attachments are unpacked, up to a bound.
"""

from services.certs.domain.face import Face, FaceUnprintable
from services.certs.domain.ofd import OfdCheck
from services.certs.faces.attachment import LONGEST_TOKEN, is_token
from services.certs.faces.ofd.card import LONGEST, face_of
from services.certs.faces.ofd.package import Package
from services.certs.faces.ofd.writing import CARD, draw_ofd
from services.kernel.errors import Refusal

_SUFFIX = ".sd-jwt"
# Of attachments that are looked into; no certificate has more than one.
_MOST = 32


def check_ofd(content: bytes) -> OfdCheck:
    """Find token and face; OfdTooLarge, OfdUnreadable, OfdUnsafe. The token is still to be verified."""
    package = Package(content)
    token = _token(package)
    if token is None:
        return OfdCheck(integrity="unknown", integrity_reason="ofd_without_token")
    card = package.read(CARD, LONGEST)
    face = face_of(card) if card is not None else None
    if face is None:
        return OfdCheck(integrity="unknown", integrity_reason="ofd_form_unknown", token=token)
    if not _is_drawn(content, face, token):
        return OfdCheck(integrity="invalid", integrity_reason="ofd_changed", token=token)
    return OfdCheck(integrity="unknown", integrity_reason="ofd_not_compared", token=token, face=face)


def embedded_token_of_ofd(content: bytes) -> str | None:
    """The one SD-JWT among the attachments, also of a file that another program has saved again.

    None if there is none, more than one to choose from, or the file is refused. See `embedded_token`.
    """
    try:
        return _token(Package(content))
    except Refusal:
        return None


def _token(package: Package) -> str | None:
    contents = [package.read(name, LONGEST_TOKEN) for name in package.ending(_SUFFIX, _MOST)]
    found = {text for content in contents if content and is_token(text := content.decode("latin-1"))}
    return found.pop() if len(found) == 1 else None


def _is_drawn(content: bytes, face: Face, token: str) -> bool:
    try:
        return draw_ofd(face, token=token) == content
    except FaceUnprintable:
        return False
