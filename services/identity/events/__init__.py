"""What identity says, and what it hears.

`proto/identity/v1/events.proto` is the law; `tests/contracts` holds the two together.
"""

from services.identity.events.heard import (
    CaseApproved,
    CertificateIssued,
    ItemPublished,
    PublishedField,
    Representation,
    StatusChanged,
    TypePublished,
)
from services.identity.events.holders import (
    AliasesChanged,
    HolderErased,
    HolderRegistered,
    HolderRenamed,
    MandateChanged,
    StandingChanged,
)
from services.identity.events.registry import (
    ClientChanged,
    IssuerChanged,
    OperatorChanged,
    OrganisationRegistered,
    SourceFor,
    Word,
)
from services.identity.events.scans import (
    CodeReused,
    GrantGiven,
    GrantWithdrawn,
    ScanDecided,
    ScanDisputed,
    ScanRecorded,
)

__all__ = [
    "AliasesChanged",
    "CaseApproved",
    "CertificateIssued",
    "ClientChanged",
    "CodeReused",
    "GrantGiven",
    "GrantWithdrawn",
    "HolderErased",
    "HolderRegistered",
    "HolderRenamed",
    "IssuerChanged",
    "ItemPublished",
    "MandateChanged",
    "OperatorChanged",
    "OrganisationRegistered",
    "PublishedField",
    "Representation",
    "ScanDecided",
    "ScanDisputed",
    "ScanRecorded",
    "SourceFor",
    "StandingChanged",
    "StatusChanged",
    "TypePublished",
    "Word",
]
