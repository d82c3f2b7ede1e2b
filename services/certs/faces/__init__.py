"""The craft of faces: what a person sees of a certificate, drawn, signed and checked."""

from services.certs.faces.drawing import Faces

__all__ = ["Faces"]
