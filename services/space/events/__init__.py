"""What space says, and what it hears.

`proto/space/v1/events.proto` is the law; `tests/contracts` holds the two together.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from services.kernel.event import Event
from services.space.events.accesses import AccessNoted, AccessRecorded, PulledEntry
from services.space.events.caps import OperatorCapped
from services.space.events.cases import CaseChanged
from services.space.events.items import ItemNeed, ItemPredicate, ItemPublished
from services.space.events.names import (
    EntryDisputed,
    HolderErased,
    HolderRegistered,
    HolderRenamed,
    NameConfirmed,
)
from services.space.events.organisations import OrganisationRegistered
from services.space.events.standings import StandingChanged
from services.space.events.types import TypePublished

__all__ = [
    "AccessNoted",
    "AccessRecorded",
    "CaseChanged",
    "CertificateIssued",
    "EntryAdded",
    "EntryChanged",
    "EntryDisputed",
    "GrantWithdrawn",
    "HolderErased",
    "HolderRegistered",
    "HolderRenamed",
    "ItemNeed",
    "ItemPredicate",
    "ItemPublished",
    "MandateChanged",
    "NameConfirmed",
    "OperatorCapped",
    "OrganisationRegistered",
    "PulledEntry",
    "StandingChanged",
    "StatusChanged",
    "TypePublished",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryAdded(Event):
    """Said: a certificate has arrived in its holder's space. `valid_to` None is 长期.

    `audience`: `partners` where the holder is not to be told yet; it is said again without when it is.
    """

    type: ClassVar[str] = "space.entry.added.v1"
    subject_field: ClassVar[str] = "entry_id"
    key_field: ClassVar[str] = "holder_id"
    entry_id: str
    version: int
    holder_id: str
    certificate_type: str
    certificate_name: str
    state: str
    authority: str
    authority_name: str
    valid_to: date | None = None
    added_at: datetime
    audience: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryChanged(Event):
    """Said: a certificate in its holder's space is in another state; `audience` as with `EntryAdded`."""

    type: ClassVar[str] = "space.entry.changed.v1"
    subject_field: ClassVar[str] = "entry_id"
    key_field: ClassVar[str] = "holder_id"
    entry_id: str
    version: int
    holder_id: str
    certificate_type: str
    certificate_name: str
    state: str
    change: str
    authority: str
    authority_name: str
    changed_at: datetime
    audience: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantWithdrawn(Event):
    """Heard from identity: from now on the grant is worth nothing."""

    type: ClassVar[str] = "identity.grant.withdrawn.v1"
    subject_field: ClassVar[str] = "grant_id"
    key_field: ClassVar[str] = "holder_id"
    grant_id: str
    version: int
    holder_id: str
    withdrawn_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateChanged(Event):
    """Heard from identity, once for each side: whether it may still be acted on, and until when."""

    type: ClassVar[str] = "identity.mandate.changed.v1"
    subject_field: ClassVar[str] = "mandate_id"
    key_field: ClassVar[str] = "holder_id"
    mandate_id: str
    version: int
    holder_id: str
    state: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateIssued(Event):
    """Heard from certs: a certificate, or a new edition of one; `sealed` opens with our key."""

    type: ClassVar[str] = "certs.certificate.issued.v1"
    subject_field: ClassVar[str] = "certificate_id"
    key_field: ClassVar[str] = "holder_id"
    certificate_id: str
    version: int
    holder_id: str
    certificate_type: str
    state: str
    authority: str
    issued_at: datetime
    valid_from: date | None = None
    valid_to: date | None = None
    sealed: str
    change: str | None = None
    place: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChanged(Event):
    """Heard from certs: a certificate is in another state, with all that its issue said."""

    type: ClassVar[str] = "certs.status.changed.v1"
    subject_field: ClassVar[str] = "certificate_id"
    key_field: ClassVar[str] = "holder_id"
    certificate_id: str
    version: int
    holder_id: str
    certificate_type: str
    state: str
    change: str
    changed_at: datetime
    authority: str
    issued_at: datetime
    valid_from: date | None = None
    valid_to: date | None = None
    sealed: str
    place: int | None = None
