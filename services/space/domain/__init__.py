"""The nouns of the space and their rules. Pure: no clock, no input or output."""

from services.space.domain.accesses import Access, Attempt
from services.space.domain.content import Content
from services.space.domain.entries import (
    REMOVED,
    Certificate,
    Entry,
    EntryUnknown,
    Match,
    NothingToPull,
    match,
    shown,
    usable,
)
from services.space.domain.grants import (
    Asked,
    Grant,
    GrantExpired,
    GrantMissing,
    GrantOtherHolder,
    GrantOtherItem,
    GrantOtherOperator,
    GrantRejected,
    GrantWithdrawn,
    Mandate,
    MandateEnded,
    Operator,
    TypeNotGranted,
)
from services.space.domain.items import Item, ItemInvalid
from services.space.domain.names import HolderNotYetKnown, KnownNames, Verdict

__all__ = [
    "REMOVED",
    "Access",
    "Asked",
    "Attempt",
    "Certificate",
    "Content",
    "Entry",
    "EntryUnknown",
    "Grant",
    "GrantExpired",
    "GrantMissing",
    "GrantOtherHolder",
    "GrantOtherItem",
    "GrantOtherOperator",
    "GrantRejected",
    "GrantWithdrawn",
    "HolderNotYetKnown",
    "Item",
    "ItemInvalid",
    "KnownNames",
    "Mandate",
    "MandateEnded",
    "Match",
    "NothingToPull",
    "Operator",
    "TypeNotGranted",
    "Verdict",
    "match",
    "shown",
    "usable",
]
