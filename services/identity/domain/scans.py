"""A scan: an operator read a holder's code for an item and a purpose. One document holds it and its grant."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.identity.domain.codes import CodeUsed
from services.identity.events import GrantGiven, GrantWithdrawn, ScanDecided, ScanDisputed, ScanRecorded
from services.kernel.errors import NotFound
from services.kernel.holders import HolderId

# presented 持证人用证, statutory 依职能用证, mandate 委托授权用证; offline: told of afterwards.
Mode = Literal["presented", "statutory", "mandate", "offline"]
# On what the grant stands: the code shown, the tap on the phone, the word given, the law, the mandate.
Basis = Literal["holder_presented", "holder_consent", "oral_consent", "statutory_duty", "mandate"]
ScanState = Literal["granted", "pending", "declined", "withdrawn", "recorded", "expired"]
CodeRead = Literal["dynamic", "emergency", "paper"]
Withdrawal = Literal[
    "disputed",
    "mandate_ended",
    "holder_not_active",
    "operator_removed",
    "organisation_removed",
    "organisation_not_entitled",
]

HOLDER_PRESENTED: Basis = "holder_presented"


class ScanUnknown(NotFound):
    """Not there, or another's."""

    code = "scan_unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What a second person found of a statutory scan."""

    reviewed_by: str
    finding: str
    reviewed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """Its id is the code's, so a code serves once.

    `holder_ids`: the holder and the aliases. `actor` holds the code and taps where it was shown under a
    mandate. `state` is never `expired` as kept: that is what `consent_until` makes of `pending`.
    """

    scan_id: str
    version: int = 1
    mode: Mode
    code_read: CodeRead = "dynamic"
    holder_id: HolderId
    holder_ids: tuple[HolderId, ...]
    actor: HolderId | None = None
    mandate_id: str | None = None
    role: str | None = None
    operator: str
    organisation: str
    counter: str
    item: str
    purpose: str
    case_number: str | None = None
    certificate_types: tuple[str, ...] = ()
    withheld_types: tuple[str, ...] = ()
    state: ScanState
    basis: Basis | None = None
    legal_basis: str = ""
    answers_only: bool = False
    scanned_at: datetime
    consent_until: datetime | None = None
    decided_at: datetime | None = None
    grant_id: str
    granted_at: datetime | None = None
    grant_expires_at: datetime | None = None
    disputed_at: datetime | None = None
    withdrawn_at: datetime | None = None
    withdrawn_reason: Withdrawal | None = None
    review: Review | None = None

    def state_at(self, at: datetime) -> ScanState:
        """Nobody need write down that time went by."""
        over = self.state == "pending" and self.consent_until is not None and at >= self.consent_until
        return "expired" if over else self.state

    def holds_grant(self, at: datetime) -> bool:
        """Whether the grant is worth something."""
        return self.state == "granted" and self.grant_expires_at is not None and at < self.grant_expires_at

    def is_live(self, at: datetime) -> bool:
        """Whether there is, or may yet be, a grant to withdraw."""
        return self.holds_grant(at) or self.state_at(at) == "pending"

    def used(self, *, organisation: str | None) -> CodeUsed:
        """When, and at what kind of counter: a clerk tells so whether a colleague was faster or a thief."""
        where = "your own organisation" if organisation == self.organisation else "another organisation"
        return CodeUsed(f"used at {self.scanned_at:%Y-%m-%dT%H:%M:%SZ} at a counter of {where}")

    def granted(self, basis: Basis, *, at: datetime, until: datetime) -> "Scan":
        """With its grant."""
        return replace(self, state="granted", basis=basis, granted_at=at, grant_expires_at=until)

    def withdrawn(self, reason: Withdrawal, *, at: datetime) -> "tuple[Scan, GrantWithdrawn] | None":
        """Nothing more is given on it; None where there was nothing left to withdraw."""
        if not self.is_live(at):
            return None
        after = replace(
            self, version=self.version + 1, state="withdrawn", withdrawn_at=at, withdrawn_reason=reason
        )
        return after, after.told_withdrawn()

    def recorded(self) -> tuple[ScanRecorded, ...] | tuple[ScanRecorded, GrantGiven]:
        """What was read by whom and, where it stands at once, what may be used until when."""
        said = ScanRecorded(
            version=self.version,
            **{name: getattr(self, name) for name in (*_WHO_AND_WHY, *_OF_THE_SCAN)},
            offline=self.mode == "offline",
        )
        return (said, self.given()) if self.state == "granted" else (said,)

    def given(self) -> GrantGiven:
        """What may be used until when; only of one that was granted."""
        if self.basis is None or self.granted_at is None or self.grant_expires_at is None:
            raise TypeError("a grant that was not given has no fact")
        return GrantGiven(
            version=self.version,
            **{name: getattr(self, name) for name in (*_WHO_AND_WHY, "grant_id", "certificate_types")},
            basis=self.basis,
            given_at=self.granted_at,
            expires_at=self.grant_expires_at,
            mandate_id=self.mandate_id,
        )

    def told_decided(self, state: Literal["granted", "declined"], *, at: datetime) -> ScanDecided:
        """Give the fact of the tap."""
        return ScanDecided(
            scan_id=self.scan_id,
            version=self.version,
            holder_id=self.holder_id,
            state=state,
            decided_at=at,
        )

    def told_disputed(self, *, at: datetime) -> ScanDisputed:
        """Give the fact that it was not the holder."""
        return ScanDisputed(
            version=self.version,
            **{
                name: getattr(self, name)
                for name in ("scan_id", "holder_id", "operator", "organisation", "counter")
            },
            disputed_at=at,
        )

    def told_withdrawn(self) -> GrantWithdrawn:
        """Give the fact; only of one that was withdrawn."""
        if self.withdrawn_reason is None or self.withdrawn_at is None:
            raise TypeError("a grant that was not withdrawn has no such fact")
        return GrantWithdrawn(
            grant_id=self.grant_id,
            version=self.version,
            scan_id=self.scan_id,
            holder_id=self.holder_id,
            reason=self.withdrawn_reason,
            withdrawn_at=self.withdrawn_at,
        )


_WHO_AND_WHY = ("scan_id", "holder_id", "operator", "organisation", "item", "purpose")
_OF_THE_SCAN = (
    "counter", "case_number", "scanned_at", "mode", "state", "mandate_id", "certificate_types",
)  # fmt: skip
