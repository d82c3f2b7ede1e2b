"""What identity does: one function per command and per event heard."""

from services.identity.handlers.holders import ShownCode, register_holder, show_code
from services.identity.handlers.organisations import (
    get_organisation,
    introduce_administrator,
    put_client,
    put_organisation,
)
from services.identity.handlers.scans import Scanned, mirror_items, scan_code
from services.identity.handlers.tokens import Token, give_token

__all__ = [
    "Scanned",
    "ShownCode",
    "Token",
    "get_organisation",
    "give_token",
    "introduce_administrator",
    "mirror_items",
    "put_client",
    "put_organisation",
    "register_holder",
    "scan_code",
    "show_code",
]
