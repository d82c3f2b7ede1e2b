"""Aggregates to documents and back."""

from services.certs.store.certificates import CERTIFICATES, CertificateStore
from services.certs.store.counters import COUNTERS, BlockCounter
from services.certs.store.editions import CERTIFICATE_EDITIONS, EditionStore
from services.certs.store.histories import HistoryStore
from services.certs.store.imports import IMPORT_LINES, IMPORTS, ImportStore
from services.certs.store.mandates import MANDATES, MandateMirror
from services.certs.store.names import CONFIRMATIONS, HOLDER_NAMES, ConfirmationStore, NameMirror
from services.certs.store.organisations import ORGANISATIONS, OrganisationMirror
from services.certs.store.pendings import PENDINGS, PendingStore
from services.certs.store.records import PRINTED, RecordStore
from services.certs.store.standings import StandingStore
from services.certs.store.statuses import STATUS_LISTS, StatusLists
from services.certs.store.type_files import read_types, take_files_for_ever
from services.certs.store.types import CERTIFICATE_TYPE_VERSIONS, CERTIFICATE_TYPES, TypeStore

COLLECTIONS = (
    *(CERTIFICATES, CERTIFICATE_EDITIONS, CERTIFICATE_TYPES, CERTIFICATE_TYPE_VERSIONS, ORGANISATIONS),
    *(IMPORTS, IMPORT_LINES, HOLDER_NAMES, CONFIRMATIONS, PENDINGS, COUNTERS, STATUS_LISTS),
    *(MANDATES, PRINTED),
)

__all__ = [
    "CERTIFICATES",
    "CERTIFICATE_EDITIONS",
    "CERTIFICATE_TYPES",
    "CERTIFICATE_TYPE_VERSIONS",
    "COLLECTIONS",
    "CONFIRMATIONS",
    "COUNTERS",
    "HOLDER_NAMES",
    "IMPORTS",
    "IMPORT_LINES",
    "MANDATES",
    "ORGANISATIONS",
    "PENDINGS",
    "PRINTED",
    "STATUS_LISTS",
    "BlockCounter",
    "CertificateStore",
    "ConfirmationStore",
    "EditionStore",
    "HistoryStore",
    "ImportStore",
    "MandateMirror",
    "NameMirror",
    "OrganisationMirror",
    "PendingStore",
    "RecordStore",
    "StandingStore",
    "StatusLists",
    "TypeStore",
    "read_types",
    "take_files_for_ever",
]
