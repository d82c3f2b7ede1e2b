"""Nouns and rules of certs; pure. Each refusal is defined beside its rule."""

from services.certs.domain.approval import FAR_YEAR, Approval, Holder, JointHolder
from services.certs.domain.catalogue import Catalogue, TypesDefective, catalogue_of
from services.certs.domain.certificate import Certificate, Kept, kept_of
from services.certs.domain.certificate_type import CertificateType, Field, shown
from services.certs.domain.correction import CorrectionTaken, corrected
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
from services.certs.domain.issuing import issue, rules_beside
from services.certs.domain.joint import seen_by
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
from services.certs.domain.names import (
    CertificateVanished,
    Confirmation,
    EntryNameDiffers,
    HolderNameDiffers,
    KnownAs,
)
from services.certs.domain.pending import (
    Pending,
    PendingUnknown,
    RoleMissing,
    Told,
    check_reason,
    traces_of,
)
from services.certs.domain.plain import check_plain
from services.certs.domain.record import (
    Fact,
    Lived,
    fact_ids,
    fact_of,
    is_removal,
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
    RefusedRow,
    RowWithdrawn,
    SheetLine,
    Tally,
)
from services.certs.domain.snapshot import Compared, Snapshot, SnapshotTooSmall, differing, renewing

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
    "CertificateVanished",
    "Change",
    "Compared",
    "Confirmation",
    "CorrectionTaken",
    "Edition",
    "EntryNameDiffers",
    "Face",
    "FaceUnprintable",
    "Fact",
    "Field",
    "FileTooLarge",
    "Finding",
    "Holder",
    "HolderNameDiffers",
    "IdleRows",
    "ImportUnknown",
    "ImportsBusy",
    "IssuerNotEntitled",
    "JointHolder",
    "Kept",
    "KnownAs",
    "Lived",
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
    "RefusedRow",
    "Renewal",
    "Representation",
    "Representative",
    "Role",
    "RoleMissing",
    "RowWithdrawn",
    "SheetLine",
    "Snapshot",
    "SnapshotTooSmall",
    "Standing",
    "State",
    "Status",
    "Tally",
    "Told",
    "TypeNotThere",
    "TypeSwapped",
    "TypeUnusable",
    "TypesDefective",
    "Verdict",
    "VersionDiffers",
    "catalogue_of",
    "check_plain",
    "check_reason",
    "corrected",
    "differing",
    "fact_ids",
    "fact_of",
    "is_removal",
    "issue",
    "kept_of",
    "next_edition",
    "next_version",
    "read_definition",
    "renewal_of",
    "renewing",
    "rules_beside",
    "seen_by",
    "shown",
    "status_of",
    "the_one_renewed",
    "token_digest",
    "traces_of",
]
