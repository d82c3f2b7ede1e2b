"""The check of a certificate on any machine, without a network: keys and status lists in files."""

from services.certs.verify.shown import shown_as_json, shown_as_text

__all__ = ["shown_as_json", "shown_as_text"]
