"""Nouns and rules of certs; pure. Each refusal is defined beside its rule."""

from services.certs.domain.approval import FAR_YEAR, Approval, ApprovalConflict, ApprovalKeys, Holder
from services.certs.domain.catalogue import Catalogue, TypesDefective, catalogue_of
from services.certs.domain.certificate import Certificate, Kept, issue
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
from services.certs.domain.lifecycle import (
    MOVES,
    CertificateUnknown,
    Change,
    Move,
    MoveIllegal,
    Order,
    Standing,
    State,
)
from services.certs.domain.names import (
    Confirmation,
    EntryNameDiffers,
    HolderNameDiffers,
    KnownAs,
    Pending,
    PendingUnknown,
    RoleMissing,
    Told,
    check_reason,
    traces_of,
)
from services.certs.domain.registry import TypeNotThere, TypeSwapped, VersionDiffers, next_version
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
    "CertificateType",
    "CertificateUnknown",
    "Change",
    "Confirmation",
    "EntryNameDiffers",
    "Face",
    "FaceUnprintable",
    "Field",
    "FileTooLarge",
    "Finding",
    "Holder",
    "HolderNameDiffers",
    "IdleRows",
    "ImportUnknown",
    "ImportsBusy",
    "IssuerNotEntitled",
    "Kept",
    "KnownAs",
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
    "Pending",
    "PendingUnknown",
    "ReadRow",
    "Representation",
    "Representative",
    "Role",
    "RoleMissing",
    "SheetLine",
    "Standing",
    "State",
    "Tally",
    "Told",
    "TypeNotThere",
    "TypeSwapped",
    "TypeUnusable",
    "TypesDefective",
    "Verdict",
    "VersionDiffers",
    "catalogue_of",
    "check_reason",
    "issue",
    "next_version",
    "read_definition",
    "shown",
    "traces_of",
]
