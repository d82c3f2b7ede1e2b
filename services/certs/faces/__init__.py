"""The craft of faces: what a person sees of a certificate, drawn, signed and checked."""

from services.certs.faces.attachment import embedded_end, embedded_token
from services.certs.faces.checking import check_pdf
from services.certs.faces.drawing import Faces
from services.certs.faces.ofd import check_ofd, draw_ofd, embedded_token_of_ofd
from services.certs.faces.signing import sign_pdf

__all__ = [
    "Faces",
    "check_ofd",
    "check_pdf",
    "draw_ofd",
    "embedded_end",
    "embedded_token",
    "embedded_token_of_ofd",
    "sign_pdf",
]
