"""Copies of certificates: faces as files, with the token that proves them, sealed by the authority."""

from services.certs.copies.drawing import CopyDesk

__all__ = ["CopyDesk"]
