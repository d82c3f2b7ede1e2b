"""A face as an OFD (GB/T 33190): text that can be searched, metadata, and the certificate's token."""

import hashlib

from services.certs.domain.face import Face
from services.certs.faces import attachment
from services.certs.faces.ofd import card, parts
from services.certs.faces.ofd.layout import laid_out
from services.certs.faces.ofd.package import ROOT, packed
from services.certs.faces.ofd.sheet import sheet_of
from services.certs.faces.ofd.words import words_of

_FOLDER = "Doc_0/Attachs/"
TOKEN, CARD = _FOLDER + attachment.NAME, _FOLDER + card.NAME


def draw_ofd(face: Face, *, token: str | None = None) -> bytes:
    """The same face and token (SD-JWT) give the same bytes, on any machine; FaceUnprintable.

    Not signed: what proves the page is the token in it, see `check_ofd`.
    """
    face.check_printable()
    if token is not None and not attachment.is_token(token):
        raise ValueError("the token is not in the form of an SD-JWT")
    words, sheet = words_of(face), sheet_of(face.template)
    document = parts.Document(sheet)
    below = sheet.tiled(words.watermark) if words.watermark else ()
    document.template("Background", [*sheet.frame(), *below])
    document.template("Foreground", list(sheet.stamped(words.stamp)) if words.stamp else [])
    for page in laid_out(words, face.code, sheet):
        document.page(page)
    attached = {attachment.NAME: token.encode("ascii")} if token else {}
    attached[card.NAME] = card.card_of(face)
    texts = {
        ROOT: parts.root(face, words, _document_id(attached)),
        "Doc_0/Document.xml": document.document(),
        "Doc_0/PublicRes.xml": parts.resources(),
        f"{_FOLDER}Attachments.xml": parts.attachments(attached, face.issued_on.isoformat()),
        **document.parts,
    }
    entries = {name: text.encode() for name, text in texts.items()}
    return packed(entries | {_FOLDER + name: content for name, content in attached.items()})


def _document_id(attached: dict[str, bytes]) -> str:
    """Half of a SHA-256 over all that the file is made of."""
    return hashlib.sha256(b"\n".join(attached.values())).hexdigest()[:32]
