"""What identity hears from the other services."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from services.kernel.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPublished(Event):
    """Heard from space: the certificate types that an item may ask for, and whether by duty (依职能用证)."""

    type: ClassVar[str] = "space.item.published.v1"
    subject_field: ClassVar[str] = "item"
    key_field: ClassVar[str] = "item"
    item: str
    version: int
    name: str
    required: tuple[str, ...]
    statutory: bool = False
    basis: str = ""
    answers_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedField:
    """One line of a certificate's face."""

    name: str
    term: str
    sensitive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TypePublished(Event):
    """Heard from certs: what a certificate type shows, and whether everybody may know that one is held."""

    type: ClassVar[str] = "certs.type.published.v1"
    subject_field: ClassVar[str] = "certificate_type"
    key_field: ClassVar[str] = "certificate_type"
    certificate_type: str
    version: int
    name: str
    name_en: str = ""
    fields: tuple[PublishedField, ...] = ()
    public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Representation:
    """Who acts for the holder of a certificate, until the day (not included) on which that ends."""

    holder_id: str
    role: str
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateIssued(Event):
    """Heard from certs: who represents whom, and the licences of an enterprise's public face."""

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
    represents: tuple[Representation, ...] = ()
    place: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChanged(Event):
    """Heard from certs: a certificate is in another state, with who represents whom by it."""

    type: ClassVar[str] = "certs.status.changed.v1"
    subject_field: ClassVar[str] = "certificate_id"
    key_field: ClassVar[str] = "holder_id"
    certificate_id: str
    version: int
    holder_id: str
    certificate_type: str
    state: str
    authority: str
    valid_from: date | None = None
    valid_to: date | None = None
    represents: tuple[Representation, ...] = ()
    place: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseApproved(Event):
    """Heard from affairs: that a case with this id exists."""

    type: ClassVar[str] = "affairs.case.approved.v1"
    subject_field: ClassVar[str] = "case_id"
    key_field: ClassVar[str] = "case_id"
    case_id: str
    version: int
    organisation: str
