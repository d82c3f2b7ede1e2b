"""The nouns of the space and their rules. Pure: no clock, no input or output."""

from services.space.domain.accesses import Access, AccessUse, Attempt
from services.space.domain.caps import PullCapReached, PullHour
from services.space.domain.content import Content
from services.space.domain.entries import (
    REMOVED,
    Certificate,
    Entry,
    EntryUnknown,
    NothingToPull,
    shown,
)
from services.space.domain.grants import (
    Ask,
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
    Standing,
    TypeNotGranted,
)
from services.space.domain.handing import (
    Answered,
    CredentialUnreadable,
    Given,
    Handed,
    answered,
    chosen,
    disclosed,
)
from services.space.domain.items import Item, ItemInvalid, ItemNotYetKnown
from services.space.domain.matching import Found, Match, usable
from services.space.domain.names import HolderNotYetKnown, KnownNames, Verdict
from services.space.domain.needs import Form, Need, NeedInvalid
from services.space.domain.predicates import Answer, Predicate, PredicateInvalid
from services.space.domain.serving import Exempt, Served, Way, count, serve
from services.space.domain.types import Families
from services.space.domain.uses import MoreThanNeeded, Use, uses_of

__all__ = [
    "REMOVED",
    "Access",
    "AccessUse",
    "Answer",
    "Answered",
    "Ask",
    "Asked",
    "Attempt",
    "Certificate",
    "Content",
    "CredentialUnreadable",
    "Entry",
    "EntryUnknown",
    "Exempt",
    "Families",
    "Form",
    "Found",
    "Given",
    "Grant",
    "GrantExpired",
    "GrantMissing",
    "GrantOtherHolder",
    "GrantOtherItem",
    "GrantOtherOperator",
    "GrantRejected",
    "GrantWithdrawn",
    "Handed",
    "HolderNotYetKnown",
    "Item",
    "ItemInvalid",
    "ItemNotYetKnown",
    "KnownNames",
    "Mandate",
    "MandateEnded",
    "Match",
    "MoreThanNeeded",
    "Need",
    "NeedInvalid",
    "NothingToPull",
    "Operator",
    "Predicate",
    "PredicateInvalid",
    "PullCapReached",
    "PullHour",
    "Served",
    "Standing",
    "TypeNotGranted",
    "Use",
    "Verdict",
    "Way",
    "answered",
    "chosen",
    "count",
    "disclosed",
    "serve",
    "shown",
    "usable",
    "uses_of",
]
