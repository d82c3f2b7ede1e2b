"""Entries, accesses and items to documents and back."""

from services.space.store.accesses import ACCESSES, AccessStore
from services.space.store.caps import PULL_HOURS, CapStore
from services.space.store.cases import CASES, CaseStore
from services.space.store.entries import ENTRIES, EntryStore
from services.space.store.items import ITEMS, ItemStore
from services.space.store.names import CONFIRMED_NAMES, HOLDER_NAMES, REPORTS, NameStore, ReportStore
from services.space.store.organisations import ORGANISATION_NAMES, OrganisationStore
from services.space.store.revocations import MANDATES, STANDINGS, WITHDRAWN_GRANTS, RevocationStore
from services.space.store.types import TYPE_CODES, TypeStore
from services.space.store.uses import CONCESSION_USES, UseStore

__all__ = [
    "ACCESSES",
    "CASES",
    "CONCESSION_USES",
    "CONFIRMED_NAMES",
    "ENTRIES",
    "HOLDER_NAMES",
    "ITEMS",
    "MANDATES",
    "ORGANISATION_NAMES",
    "PULL_HOURS",
    "REPORTS",
    "STANDINGS",
    "TYPE_CODES",
    "WITHDRAWN_GRANTS",
    "AccessStore",
    "CapStore",
    "CaseStore",
    "EntryStore",
    "ItemStore",
    "NameStore",
    "OrganisationStore",
    "ReportStore",
    "RevocationStore",
    "TypeStore",
    "UseStore",
]
