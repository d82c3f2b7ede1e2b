"""What certs does: one function per command or event heard."""

from services.certs.handlers.approvals import (
    Accepted,
    Outcome,
    accept_approval,
    accept_approvals,
    accept_from_case,
)
from services.certs.handlers.changes import (
    Changed,
    change_certificate,
    expire_certificates,
    find_certificate,
    show_certificate,
)
from services.certs.handlers.desk import Desk, find_sender, mirror_organisations
from services.certs.handlers.evidence import log_facts, show_evidence
from services.certs.handlers.types import find_type, put_type

__all__ = [
    "Accepted",
    "Changed",
    "Desk",
    "Outcome",
    "accept_approval",
    "accept_approvals",
    "accept_from_case",
    "change_certificate",
    "expire_certificates",
    "find_certificate",
    "find_sender",
    "find_type",
    "log_facts",
    "mirror_organisations",
    "put_type",
    "show_certificate",
    "show_evidence",
]
