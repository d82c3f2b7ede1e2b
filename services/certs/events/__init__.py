"""What certs says, and what it hears.

`proto/certs/v1/events.proto` is the law; `tests/contracts` holds the two together.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Literal

from services.certs.events.names import (
    EntryDisputed,
    HolderErased,
    HolderRegistered,
    HolderRenamed,
    NameConfirmed,
)
from services.kernel.event import Event

__all__ = [
    "CaseApproved",
    "CertificateIssued",
    "EntryDisputed",
    "HolderErased",
    "HolderRegistered",
    "HolderRenamed",
    "NameConfirmed",
    "OrganisationRegistered",
    "PublishedField",
    "Representation",
    "SourceFor",
    "StatusChanged",
    "TypePublished",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedField:
    """One line of a certificate's face."""

    name: str
    term: str
    sensitive: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TypePublished(Event):
    """Said: a certificate type is defined, as it stands at this version."""

    type: ClassVar[str] = "certs.type.published.v1"
    subject_field: ClassVar[str] = "certificate_type"
    key_field: ClassVar[str] = "certificate_type"
    certificate_type: str
    version: int
    name: str
    name_en: str
    holder_kind: Literal["person", "organisation"]
    provisional: bool
    defining_authority: str
    fields: tuple[PublishedField, ...] = ()
    public: bool = False
    formerly: tuple[str, ...] = ()
    face: str = "certificate"
    one_per_holder: bool = False
    retention_years: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Representation:
    """One who acts for the holder of a certificate, until the day (not included) on which that ends."""

    holder_id: str
    role: str
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateIssued(Event):
    """Said: a certificate, or a new edition of one. `valid_to` None is 长期; `sealed` is for space alone.

    `change`: what made it of the edition before, `renew` or `correct`; None: it is new to this holder.
    `place`: which of all holders that the certificate ever had is told, counted from 0; None: the first one.
    """

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
    represents: tuple[Representation, ...] = ()
    change: str | None = None
    token_digest: str | None = None
    place: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChanged(Event):
    """Said: a certificate was suspended, resumed, withdrawn, revoked or cancelled, or has expired.

    All that `CertificateIssued` says stands in it too, so that whoever hears this one first misses nothing.
    """

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
    represents: tuple[Representation, ...] = ()
    token_digest: str | None = None
    place: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFor:
    """One authority whose approvals an organisation sends, for these types."""

    authority: str
    certificate_types: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationRegistered(Event):
    """Heard from identity: which approvals an organisation may send."""

    type: ClassVar[str] = "identity.organisation.registered.v1"
    subject_field: ClassVar[str] = "organisation"
    key_field: ClassVar[str] = "organisation"
    organisation: str
    version: int
    certificate_types: tuple[str, ...]
    source_for: tuple[SourceFor, ...]
    items: tuple[str, ...]
    name: str = ""


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
class CaseApproved(Event):
    """Heard from affairs: an approval, sealed to certs; opened, the JSON of `POST /v1/approvals`."""

    type: ClassVar[str] = "affairs.case.approved.v1"
    subject_field: ClassVar[str] = "case_id"
    key_field: ClassVar[str] = "case_id"
    case_id: str
    version: int
    organisation: str
    sealed: str
