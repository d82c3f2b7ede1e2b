"""Aggregates to documents and back."""

from services.certs.store.certificates import CERTIFICATES, CertificateStore
from services.certs.store.counters import COUNTERS, BlockCounter
from services.certs.store.editions import CERTIFICATE_EDITIONS, EditionStore
from services.certs.store.imports import IMPORT_LINES, IMPORTS, ImportStore
from services.certs.store.organisations import ORGANISATIONS, OrganisationMirror
from services.certs.store.standings import StandingStore
from services.certs.store.statuses import STATUS_LISTS, StatusLists
from services.certs.store.type_files import read_types, take_files_for_ever
from services.certs.store.types import CERTIFICATE_TYPE_VERSIONS, CERTIFICATE_TYPES, TypeStore

__all__ = [
    "CERTIFICATES",
    "CERTIFICATE_EDITIONS",
    "CERTIFICATE_TYPES",
    "CERTIFICATE_TYPE_VERSIONS",
    "COUNTERS",
    "IMPORTS",
    "IMPORT_LINES",
    "ORGANISATIONS",
    "STATUS_LISTS",
    "BlockCounter",
    "CertificateStore",
    "EditionStore",
    "ImportStore",
    "OrganisationMirror",
    "StandingStore",
    "StatusLists",
    "TypeStore",
    "read_types",
    "take_files_for_ever",
]
