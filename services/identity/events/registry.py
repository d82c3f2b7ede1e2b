"""What identity says of organisations, their people and their systems."""

from dataclasses import dataclass
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
    may_ask_for: tuple[str, ...] = ()
    removed: bool = False
    changed_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorChanged(Event):
    """Said: a member of staff, as it stands at this version."""

    type: ClassVar[str] = "identity.organisation.operator_changed.v1"
    subject_field: ClassVar[str] = "operator_id"
    key_field: ClassVar[str] = "operator_id"
    operator_id: str
    version: int
    organisation: str
    roles: tuple[str, ...]
    removed: bool
    changed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientChanged(Event):
    """Said: a registered system, as it stands at this version."""

    type: ClassVar[str] = "identity.organisation.client_changed.v1"
    subject_field: ClassVar[str] = "client_id"
    key_field: ClassVar[str] = "client_id"
    client_id: str
    version: int
    organisation: str
    scopes: tuple[str, ...]
    removed: bool
    changed_by: str
    key_ids: tuple[str, ...] = ()
    key_thumbprints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One of ours, and what a log-in says for it."""

    ours: str
    theirs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerChanged(Event):
    """Said: a log-in that is trusted, as it stands at this version."""

    type: ClassVar[str] = "identity.organisation.issuer_changed.v1"
    subject_field: ClassVar[str] = "issuer_name"
    key_field: ClassVar[str] = "issuer_name"
    issuer_name: str
    version: int
    kind: Literal["resident", "operator"]
    removed: bool
    changed_by: str
    issuer: str = ""
    discovery_url: str = ""
    clients: tuple[Word, ...] = ()
    claims: tuple[Word, ...] = ()
    fixed: tuple[Word, ...] = ()
    id_types: tuple[Word, ...] = ()
    levels: tuple[str, ...] = ()
    least: str = ""
