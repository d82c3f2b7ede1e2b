"""The craft of faces: what a person sees of a certificate, drawn, signed and checked."""

from services.certs.faces.attachment import embedded_token
from services.certs.faces.checking import check_pdf
from services.certs.faces.drawing import Faces
from services.certs.faces.signing import sign_pdf

__all__ = ["Faces", "check_pdf", "embedded_token", "sign_pdf"]
