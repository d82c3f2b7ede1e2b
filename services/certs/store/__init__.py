"""Aggregates to documents and back."""

from services.certs.store.certificates import CERTIFICATES, CertificateStore
from services.certs.store.imports import IMPORT_LINES, IMPORTS, ImportStore
from services.certs.store.names import CONFIRMATIONS, HOLDER_NAMES, ConfirmationStore, NameMirror
from services.certs.store.organisations import ORGANISATIONS, OrganisationMirror
from services.certs.store.pendings import PENDINGS, PendingStore
from services.certs.store.standings import StandingStore
from services.certs.store.type_files import read_types
from services.certs.store.types import CERTIFICATE_TYPE_VERSIONS, CERTIFICATE_TYPES, TypeStore

__all__ = [
    "CERTIFICATES",
    "CERTIFICATE_TYPES",
    "CERTIFICATE_TYPE_VERSIONS",
    "CONFIRMATIONS",
    "HOLDER_NAMES",
    "IMPORTS",
    "IMPORT_LINES",
    "ORGANISATIONS",
    "PENDINGS",
    "CertificateStore",
    "ConfirmationStore",
    "ImportStore",
    "NameMirror",
    "OrganisationMirror",
    "PendingStore",
    "StandingStore",
    "TypeStore",
    "read_types",
]
