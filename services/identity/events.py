"""What identity says, and what it hears.

`proto/identity/v1/events.proto` is the law; `tests/contracts` holds the two together.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from services.kernel.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFor:
    """One authority whose approvals another organisation sends, for these types."""

    authority: str
    certificate_types: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationRegistered(Event):
    """Said: all an organisation is entitled to, as it stands at this version."""

    type: ClassVar[str] = "identity.organisation.registered.v1"
    subject_field: ClassVar[str] = "organisation"
    key_field: ClassVar[str] = "organisation"
    organisation: str
    version: int
    name: str
    certificate_types: tuple[str, ...]
    source_for: tuple[SourceFor, ...]
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderRegistered(Event):
    """Said: a person or an organisation has a code from now on."""

    type: ClassVar[str] = "identity.holder.registered.v1"
    subject_field: ClassVar[str] = "holder_id"
    key_field: ClassVar[str] = "holder_id"
    holder_id: str
    version: int
    kind: Literal["person", "organisation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRecorded(Event):
    """Said: an operator has read a holder's code."""

    type: ClassVar[str] = "identity.scan.recorded.v1"
    subject_field: ClassVar[str] = "scan_id"
    key_field: ClassVar[str] = "holder_id"
    scan_id: str
    version: int
    holder_id: str
    operator: str
    organisation: str
    counter: str
    item: str
    purpose: str
    case_number: str | None = None
    scanned_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantGiven(Event):
    """Said: an operator may use these certificate types of a holder, until it expires."""

    type: ClassVar[str] = "identity.grant.given.v1"
    subject_field: ClassVar[str] = "grant_id"
    key_field: ClassVar[str] = "holder_id"
    grant_id: str
    version: int
    scan_id: str
    holder_id: str
    operator: str
    organisation: str
    item: str
    certificate_types: tuple[str, ...]
    purpose: str
    basis: str
    given_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPublished(Event):
    """Heard from space: the certificate types that an item may ask for."""

    type: ClassVar[str] = "space.item.published.v1"
    subject_field: ClassVar[str] = "item"
    key_field: ClassVar[str] = "item"
    item: str
    version: int
    name: str
    required: tuple[str, ...]
