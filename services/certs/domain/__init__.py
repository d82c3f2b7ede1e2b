"""Nouns and rules of certs; pure. Each refusal is defined beside its rule."""

from services.certs.domain.approval import FAR_YEAR, Approval, Holder
from services.certs.domain.catalogue import Catalogue, TypesDefective, catalogue_of
from services.certs.domain.certificate import Certificate, Kept, kept_of
from services.certs.domain.certificate_type import CertificateType, Field, shown
from services.certs.domain.definitions import TypeUnusable, read_definition
from services.certs.domain.entitlement import (
    REGISTRATION_PATIENCE,
    IssuerNotEntitled,
    Organisation,
    OrganisationNotYetKnown,
    OrganisationUnknown,
)
from services.certs.domain.face import Face, FaceUnprintable, Marking
from services.certs.domain.identity import ApprovalConflict, ApprovalKeys
from services.certs.domain.issuing import issue
from services.certs.domain.lifecycle import (
    MOVES,
    CertificateOnlyOne,
    CertificateUnknown,
    Change,
    Edition,
    Move,
    MoveIllegal,
    Order,
    Standing,
    State,
    Status,
    status_of,
)
from services.certs.domain.record import (
    EvidenceNotReady,
    Fact,
    LogHeadForeign,
    fact_ids,
    fact_of,
    token_digest,
)
from services.certs.domain.registry import TypeNotThere, TypeSwapped, VersionDiffers, next_version
from services.certs.domain.renewal import Renewal, next_edition, renewal_of, the_one_renewed
from services.certs.domain.representation import Representation, Representative, Role
from services.certs.domain.seal import PdfCheck, PdfTooLarge, PdfUnreadable, Verdict
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
    "FAR_YEAR",
    "MOVES",
    "REGISTRATION_PATIENCE",
    "Approval",
    "ApprovalConflict",
    "ApprovalKeys",
    "Catalogue",
    "Certificate",
    "CertificateOnlyOne",
    "CertificateType",
    "CertificateUnknown",
    "Change",
    "Edition",
    "EvidenceNotReady",
    "Face",
    "FaceUnprintable",
    "Fact",
    "Field",
    "FileTooLarge",
    "Finding",
    "Holder",
    "IdleRows",
    "ImportUnknown",
    "ImportsBusy",
    "IssuerNotEntitled",
    "Kept",
    "LogHeadForeign",
    "Marking",
    "Move",
    "MoveIllegal",
    "Order",
    "Organisation",
    "OrganisationNotYetKnown",
    "OrganisationUnknown",
    "PdfCheck",
    "PdfTooLarge",
    "PdfUnreadable",
    "ReadRow",
    "Renewal",
    "Representation",
    "Representative",
    "Role",
    "SheetLine",
    "Standing",
    "State",
    "Status",
    "Tally",
    "TypeNotThere",
    "TypeSwapped",
    "TypeUnusable",
    "TypesDefective",
    "Verdict",
    "VersionDiffers",
    "catalogue_of",
    "fact_ids",
    "fact_of",
    "issue",
    "kept_of",
    "next_edition",
    "next_version",
    "read_definition",
    "renewal_of",
    "shown",
    "status_of",
    "the_one_renewed",
    "token_digest",
]
