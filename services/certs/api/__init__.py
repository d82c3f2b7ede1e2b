"""HTTP in: parse, call one handler, show."""

from services.certs.api.approvals import IMPORT_PATH, approvals_router, imports_router
from services.certs.api.certificates import certificates_router
from services.certs.api.evidence import evidence_router
from services.certs.api.public import public_router
from services.certs.api.types import types_router

__all__ = [
    "IMPORT_PATH",
    "approvals_router",
    "certificates_router",
    "evidence_router",
    "imports_router",
    "public_router",
    "types_router",
]
