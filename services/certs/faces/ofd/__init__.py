"""A certificate's face as OFD (GB/T 33190), written by hand and checked by writing it again."""

from services.certs.faces.ofd.checking import check_ofd, embedded_token_of_ofd
from services.certs.faces.ofd.writing import draw_ofd

__all__ = ["check_ofd", "draw_ofd", "embedded_token_of_ofd"]
