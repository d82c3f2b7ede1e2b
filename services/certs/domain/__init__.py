"""Nouns and rules of certs; pure. Each refusal is defined beside its rule."""

from services.certs.domain.approval import Approval, ApprovalConflict, ApprovalKeys, Holder
from services.certs.domain.certificate import Certificate, Kept, issue
from services.certs.domain.certificate_type import Catalogue, CertificateType, Field
from services.certs.domain.entitlement import IssuerNotEntitled, Organisation, OrganisationNotYetKnown
from services.certs.domain.sheet import (
    FileTooLarge,
    Finding,
    IdleRows,
    ImportsBusy,
    ImportUnknown,
    ReadRow,
    SheetLine,
    Tally,
)

__all__ = [
    "Approval",
    "ApprovalConflict",
    "ApprovalKeys",
    "Catalogue",
    "Certificate",
    "CertificateType",
    "Field",
    "FileTooLarge",
    "Finding",
    "Holder",
    "IdleRows",
    "ImportUnknown",
    "ImportsBusy",
    "IssuerNotEntitled",
    "Kept",
    "Organisation",
    "OrganisationNotYetKnown",
    "ReadRow",
    "SheetLine",
    "Tally",
    "issue",
]
