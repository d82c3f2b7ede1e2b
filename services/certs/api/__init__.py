"""HTTP in: parse, call one handler, show."""

from services.certs.api.approvals import approvals_router
from services.certs.api.callers import CallerLimits, Uploads
from services.certs.api.certificates import certificates_router
from services.certs.api.evidence import evidence_router
from services.certs.api.faces import faces_router
from services.certs.api.imports import IMPORT_PATH, RECONCILE_PATH, imports_router
from services.certs.api.page import page_router
from services.certs.api.pendings import pendings_router
from services.certs.api.public import public_router
from services.certs.api.types import types_router
from services.certs.api.verifications import VERIFICATIONS_PATH, verifications_router

__all__ = [
    "IMPORT_PATH",
    "RECONCILE_PATH",
    "VERIFICATIONS_PATH",
    "CallerLimits",
    "Uploads",
    "approvals_router",
    "certificates_router",
    "evidence_router",
    "faces_router",
    "imports_router",
    "page_router",
    "pendings_router",
    "public_router",
    "types_router",
    "verifications_router",
]
