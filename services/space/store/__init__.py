"""Entries, accesses and items to documents and back."""

from services.space.store.accesses import ACCESSES, AccessStore
from services.space.store.cases import CASES, CaseStore
from services.space.store.entries import ENTRIES, EntryStore
from services.space.store.items import ITEMS, ItemStore
from services.space.store.names import CONFIRMED_NAMES, HOLDER_NAMES, REPORTS, NameStore, ReportStore
from services.space.store.organisations import ORGANISATION_NAMES, OrganisationStore
from services.space.store.revocations import MANDATES, WITHDRAWN_GRANTS, RevocationStore
from services.space.store.types import TYPE_CODES, TypeStore

__all__ = [
    "ACCESSES",
    "CASES",
    "CONFIRMED_NAMES",
    "ENTRIES",
    "HOLDER_NAMES",
    "ITEMS",
    "MANDATES",
    "ORGANISATION_NAMES",
    "REPORTS",
    "TYPE_CODES",
    "WITHDRAWN_GRANTS",
    "AccessStore",
    "CaseStore",
    "EntryStore",
    "ItemStore",
    "NameStore",
    "OrganisationStore",
    "ReportStore",
    "RevocationStore",
    "TypeStore",
]
