"""What identity does: one function per command and per event heard."""

from services.identity.handlers.answers import Scanned
from services.identity.handlers.audit import record_changes, show_changes
from services.identity.handlers.codes import ShownCode, show_code
from services.identity.handlers.erasure import erase_me, finish_erasures
from services.identity.handlers.holders import register_by_machine, register_holder, rename_holder
from services.identity.handlers.issuers import get_issuer, list_issuers, put_issuer, remove_issuer
from services.identity.handlers.operators import get_operator, list_operators, put_operator, remove_operator
from services.identity.handlers.organisations import (
    get_client,
    get_organisation,
    introduce_administrator,
    list_clients,
    list_organisations,
    not_published,
    put_client,
    put_organisation,
    remove_client,
    remove_organisation,
)
from services.identity.handlers.pictures import ImageForm, data_uri, picture_of
from services.identity.handlers.scans import mirror_items, scan_code
from services.identity.handlers.tokens import GRANT_TYPES, Token, give_token, revoke_token

__all__ = [
    "GRANT_TYPES",
    "ImageForm",
    "Scanned",
    "ShownCode",
    "Token",
    "data_uri",
    "erase_me",
    "finish_erasures",
    "get_client",
    "get_issuer",
    "get_operator",
    "get_organisation",
    "give_token",
    "introduce_administrator",
    "list_clients",
    "list_issuers",
    "list_operators",
    "list_organisations",
    "mirror_items",
    "not_published",
    "picture_of",
    "put_client",
    "put_issuer",
    "put_operator",
    "put_organisation",
    "record_changes",
    "register_by_machine",
    "register_holder",
    "remove_client",
    "remove_issuer",
    "remove_operator",
    "remove_organisation",
    "rename_holder",
    "revoke_token",
    "scan_code",
    "show_changes",
    "show_code",
]
