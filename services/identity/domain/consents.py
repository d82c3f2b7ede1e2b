"""The holder's tap: who may give it, until when, and that it is given once."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.identity.domain.scans import Basis, Scan, ScanUnknown
from services.identity.events import GrantGiven, GrantWithdrawn, ScanDecided, ScanDisputed
from services.kernel.errors import Conflict, Forbidden, Gone, Invalid

Decision = Literal["approve", "decline"]


class OralConsentNeeded(Invalid):
    """A paper code has no phone to tap on: the counter asks the holder, and says that it did."""

    code = "oral_consent_needed"


class ConsentDecided(Conflict):
    """Approved or declined before, and both are final."""

    code = "consent_decided"


class ConsentExpired(Gone):
    code = "consent_expired"


class ScanWithdrawn(Gone):
    """Taken back before the tap."""

    code = "scan_withdrawn"


class ConsentOfAnother(Forbidden):
    """Under a mandate the tap is the agent's, whose code it was; the holder can say "not me"."""

    code = "consent_of_another"


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who looks on the phone: a holder, or the `actor` for one, in the `whole` matter or in some items."""

    holder_ids: tuple[str, ...]
    actor: str | None = None
    whole: bool = True

    def sees(self, scan: Scan | None) -> Scan:
        """Give the scan to whom it is about and to whose code it was; for everybody else there is none."""
        if scan is None or not self.may_see(scan):
            raise ScanUnknown("no such scan")
        return scan

    def may_see(self, scan: Scan) -> bool:
        """Whether it is about a holder looked for, or was shown by who looks."""
        return self._is_about(scan) or self._has_shown(scan)

    def decides(self, scan: Scan) -> None:
        """Refuse the tap of who sees the scan, and did not show the code."""
        if not (self._has_shown(scan) if scan.actor else self._is_about(scan)):
            raise ConsentOfAnother("whoever showed the code decides")

    def _is_about(self, scan: Scan) -> bool:
        return scan.holder_id in self.holder_ids and self.whole

    def _has_shown(self, scan: Scan) -> bool:
        if scan.actor is None:
            return False
        in_person = self.actor is None and scan.actor in self.holder_ids
        return in_person or (self.actor == scan.actor and scan.holder_id in self.holder_ids)


def decide(
    scan: Scan, decision: Decision, *, at: datetime, until: datetime
) -> tuple[Scan, tuple[ScanDecided, GrantGiven] | tuple[ScanDecided]] | None:
    """Give the scan decided, `until` when its grant is good; None for the same tap again."""
    state = scan.state_at(at)
    if decision == _DECISIONS.get(state) and scan.decided_at is not None:
        return None
    if state == "expired":
        raise ConsentExpired("the time for the tap is over: show a new code")
    if state == "withdrawn":
        raise ScanWithdrawn("it was taken back before the tap")
    if state != "pending":
        raise ConsentDecided(f"it is {state} already, and that is final")
    after = replace(scan, version=scan.version + 1, decided_at=at)
    if decision == "decline":
        after = replace(after, state="declined")
        return after, (after.told_decided("declined", at=at),)
    basis: Basis = "mandate" if scan.mandate_id else "holder_consent"
    after = after.granted(basis, at=at, until=until)
    return after, (after.told_decided("granted", at=at), after.given())


_DECISIONS: dict[str, Decision] = {"granted": "approve", "declined": "decline"}


def dispute(
    scan: Scan, *, at: datetime
) -> tuple[Scan, tuple[ScanDisputed, GrantWithdrawn] | tuple[ScanDisputed]] | None:
    """It was not me: give the scan disputed, its grant withdrawn where it had one; None when said before."""
    if scan.disputed_at is not None:
        return None
    disputed = replace(scan, disputed_at=at)
    if gone := disputed.withdrawn("disputed", at=at):
        after, withdrawn = gone
        return after, (after.told_disputed(at=at), withdrawn)
    after = replace(disputed, version=scan.version + 1)
    return after, (after.told_disputed(at=at),)
