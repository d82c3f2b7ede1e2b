"""Aggregates to documents and back."""

from services.certs.store.certificates import CERTIFICATES, CertificateStore
from services.certs.store.imports import IMPORT_LINES, IMPORTS, ImportStore
from services.certs.store.organisations import ORGANISATIONS, OrganisationMirror
from services.certs.store.types import CERTIFICATE_TYPES, TypeStore, read_types

__all__ = [
    "CERTIFICATES",
    "CERTIFICATE_TYPES",
    "IMPORTS",
    "IMPORT_LINES",
    "ORGANISATIONS",
    "CertificateStore",
    "ImportStore",
    "OrganisationMirror",
    "TypeStore",
    "read_types",
]
