"""Entries, accesses and items to documents and back."""

from services.space.store.accesses import ACCESSES, AccessStore
from services.space.store.caps import PULL_HOURS, CapStore
from services.space.store.cases import CASES, CaseStore
from services.space.store.entries import ENTRIES, EntryStore
from services.space.store.files import PIECES, FileStore
from services.space.store.history import VERSIONS, HistoryStore
from services.space.store.items import ITEMS, ItemStore
from services.space.store.names import CONFIRMED_NAMES, HOLDER_NAMES, REPORTS, NameStore, ReportStore
from services.space.store.organisations import ORGANISATION_NAMES, OrganisationStore
from services.space.store.revocations import MANDATES, STANDINGS, WITHDRAWN_GRANTS, RevocationStore
from services.space.store.types import TYPE_CODES, TypeStore
from services.space.store.uploads import ERASURES, HEADERS, UploadStore
from services.space.store.uses import CONCESSION_USES, UseStore
from services.space.store.windows import MARKS

__all__ = [
    "ACCESSES",
    "AGGREGATES",
    "ARCHIVE",
    "CASES",
    "CONCESSION_USES",
    "CONFIRMED_NAMES",
    "ENTRIES",
    "ERASURES",
    "HEADERS",
    "HOLDER_NAMES",
    "ITEMS",
    "MANDATES",
    "MARKS",
    "MIRRORS",
    "ORGANISATION_NAMES",
    "PIECES",
    "PULL_HOURS",
    "REPORTS",
    "STANDINGS",
    "TYPE_CODES",
    "VERSIONS",
    "WITHDRAWN_GRANTS",
    "AccessStore",
    "CapStore",
    "CaseStore",
    "EntryStore",
    "FileStore",
    "HistoryStore",
    "ItemStore",
    "NameStore",
    "OrganisationStore",
    "ReportStore",
    "RevocationStore",
    "TypeStore",
    "UploadStore",
    "UseStore",
]

# All of them, in the order in which `app.py` makes an `Aggregates` of each.
AGGREGATES = (ENTRIES, ACCESSES, ITEMS, REPORTS, PULL_HOURS, CASES)
ARCHIVE = (MARKS, VERSIONS, HEADERS, PIECES, ERASURES)
MIRRORS = (
    WITHDRAWN_GRANTS,
    MANDATES,
    STANDINGS,
    HOLDER_NAMES,
    CONFIRMED_NAMES,
    TYPE_CODES,
    ORGANISATION_NAMES,
)
