"""What identity says of holders, and of who acts for them."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from services.kernel.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderRegistered(Event):
    """Said: a person or an organisation has a code from now on."""

    type: ClassVar[str] = "identity.holder.registered.v1"
    subject_field: ClassVar[str] = "holder_id"
    key_field: ClassVar[str] = "holder_id"
    holder_id: str
    version: int
    kind: Literal["person", "organisation"]
    name_hash: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderRenamed(Event):
    """Said: under which name a holder is known from now on; `former_name_hashes`: those that count still."""

    type: ClassVar[str] = "identity.holder.renamed.v1"
    subject_field: ClassVar[str] = "holder_id"
    key_field: ClassVar[str] = "holder_id"
    holder_id: str
    version: int
    name_hash: str
    former_name_hashes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasesChanged(Event):
    """Said: the other documents of one person, under the id of the first."""

    type: ClassVar[str] = "identity.holder.aliases_changed.v1"
    subject_field: ClassVar[str] = "holder_id"
    key_field: ClassVar[str] = "holder_id"
    holder_id: str
    version: int
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderErased(Event):
    """Said: what a holder gave of itself was erased; what the law keeps is kept."""

    type: ClassVar[str] = "identity.holder.erased.v1"
    subject_field: ClassVar[str] = "holder_id"
    key_field: ClassVar[str] = "holder_id"
    holder_id: str
    version: int
    erased_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingChanged(Event):
    """Said: a holder's codes were frozen, thawed or ended; `version` counts standings, not registrations."""

    type: ClassVar[str] = "identity.holder.standing_changed.v1"
    subject_field: ClassVar[str] = "holder_id"
    key_field: ClassVar[str] = "holder_id"
    holder_id: str
    version: int
    state: str
    acting_as: str
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateChanged(Event):
    """Said, once for each side (`holder_id`): who may act for whom, as it stands at this version."""

    type: ClassVar[str] = "identity.mandate.changed.v1"
    subject_field: ClassVar[str] = "mandate_id"
    key_field: ClassVar[str] = "holder_id"
    mandate_id: str
    version: int
    holder_id: str
    principal: str
    agent: str
    role: str
    items: tuple[str, ...]
    state: str
    until: datetime | None = None
    changed_at: datetime
