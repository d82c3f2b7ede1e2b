"""What identity says of codes that were read, and of what was granted on them."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from services.kernel.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRecorded(Event):
    """Said: an operator has read a holder's code. `state` pending: it waits for the holder's tap."""

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
    mode: str = "presented"
    state: str = "granted"
    mandate_id: str | None = None
    certificate_types: tuple[str, ...] = ()
    offline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanDecided(Event):
    """Said: the holder has approved or declined."""

    type: ClassVar[str] = "identity.scan.decided.v1"
    subject_field: ClassVar[str] = "scan_id"
    key_field: ClassVar[str] = "holder_id"
    scan_id: str
    version: int
    holder_id: str
    state: Literal["granted", "declined"]
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanDisputed(Event):
    """Said: the holder says that it was somebody else who showed the code."""

    type: ClassVar[str] = "identity.scan.disputed.v1"
    subject_field: ClassVar[str] = "scan_id"
    key_field: ClassVar[str] = "holder_id"
    scan_id: str
    version: int
    holder_id: str
    operator: str
    organisation: str
    counter: str
    disputed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeReused(Event):
    """Said: an emergency code was used a second time, which came to light afterwards."""

    type: ClassVar[str] = "identity.scan.code_reused.v1"
    subject_field: ClassVar[str] = "reuse_id"
    key_field: ClassVar[str] = "holder_id"
    reuse_id: str
    version: int
    scan_id: str
    holder_id: str
    operator: str
    organisation: str
    counter: str
    used_at: datetime
    first_used_at: datetime


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
    mandate_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantWithdrawn(Event):
    """Said: from now on the grant is worth nothing."""

    type: ClassVar[str] = "identity.grant.withdrawn.v1"
    subject_field: ClassVar[str] = "grant_id"
    key_field: ClassVar[str] = "holder_id"
    grant_id: str
    version: int
    scan_id: str
    holder_id: str
    reason: str
    withdrawn_at: datetime
