"""What space hears and says of names: hashes, and never a name."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from services.kernel.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDisputed(Event):
    """Said: a certificate came for a holder who has another name; it is shown to nobody."""

    type: ClassVar[str] = "space.entry.disputed.v1"
    subject_field: ClassVar[str] = "entry_id"
    key_field: ClassVar[str] = "holder_id"
    entry_id: str
    version: int
    holder_id: str
    certificate_type: str
    authority: str
    name_hash: str
    disputed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderRegistered(Event):
    """Heard from identity: there is a holder, of this kind, and what its name is hashed; None: not told."""

    type: ClassVar[str] = "identity.holder.registered.v1"
    subject_field: ClassVar[str] = "holder_id"
    key_field: ClassVar[str] = "holder_id"
    holder_id: str
    version: int
    kind: str
    name_hash: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderRenamed(Event):
    """Heard from identity: the name from now on, and the former ones that count still."""

    type: ClassVar[str] = "identity.holder.renamed.v1"
    subject_field: ClassVar[str] = "holder_id"
    key_field: ClassVar[str] = "holder_id"
    holder_id: str
    version: int
    name_hash: str
    former_name_hashes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderErased(Event):
    """Heard from identity: nobody is known by this id any more."""

    type: ClassVar[str] = "identity.holder.erased.v1"
    subject_field: ClassVar[str] = "holder_id"
    key_field: ClassVar[str] = "holder_id"
    holder_id: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NameConfirmed(Event):
    """Heard from certs: what this authority issues to the holder under that name is the holder's."""

    type: ClassVar[str] = "certs.name.confirmed.v1"
    subject_field: ClassVar[str] = "confirmation_id"
    key_field: ClassVar[str] = "holder_id"
    confirmation_id: str
    version: int
    holder_id: str
    authority: str
    name_hash: str
