"""What waits for its authority because of a name, or is asked about; and how it ends."""

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.certs.domain.approval import Approval, Holder, JointHolder
from services.certs.domain.certificate_type import normal
from services.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from services.kernel.names import comparable_name

# vanished: it stands, and the authority's full list does not name it.
# held: nothing was issued. disputed: it was issued before its holder was known, and lies hidden in a space.
DoubtKind = Literal["held", "disputed", "vanished"]
# confirmed: by the authority. fits: the name at identity was corrected. resent: with another number or name.
# ended: the certificate was withdrawn or moved meanwhile. returned: a later full list names it.
DoubtState = Literal["waiting", "confirmed", "fits", "resent", "discarded", "ended", "returned"]


_VANISHED = "-vanished"


class PendingUnknown(NotFound):
    """Not there, or not one that the caller may decide: the two look alike."""

    code = "pending_unknown"


class PendingSettled(Conflict):
    """It waits for nobody any more."""

    code = "pending_settled"


class PendingIssued(Conflict):
    """What was issued is not discarded: the authority withdraws it, by a decision of its own."""

    code = "pending_issued"


class RoleMissing(Forbidden):
    """A member of staff, and not one who acts for the authority."""

    code = "role_missing"


class DecisionUnexplained(Invalid):
    """Who asks later must find why."""

    code = "pending_reason_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is personal of a pending one: the approval, and the number masked of the holder it is about.

    `place`: which of the holders that the approval names, counted from 0.
    """

    approval: Approval
    id_number_masked: str
    reason: str = ""
    place: int = 0

    @property
    def holder(self) -> Holder | JointHolder:
        """As the approval names the holder that it is about."""
        everybody: tuple[Holder | JointHolder, ...] = (self.approval.holder, *self.approval.joint_holders)
        return everybody[self.place]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """One approval whose name does not fit, or one certificate that is asked about.

    `pending_id` is the certificate's id, made or to be made, with what tells apart what may be asked of it:
    the place of one of several holders, or that it vanished.
    `organisation`: who sent it; `decision` and `called` tell the same decision, and the same name, when
    they come again. `told` None: what it says was erased. `refusal`: the code of what else keeps it from
    being issued, where the name is in doubt no more.
    """

    pending_id: str
    kind: DoubtKind
    organisation: str
    authority: str
    certificate_type: str
    holder_id: str
    name_hash: str
    decision: str
    called: str
    arrival: str
    since: datetime
    told: Told | None
    version: int = 1
    state: DoubtState = "waiting"
    by: str = ""
    settled_at: datetime | None = None
    refusal: str = ""

    @property
    def entry_id(self) -> str:
        """Of the entry in a space that it is about, which the certificate is or may become."""
        return self.pending_id.removesuffix(_VANISHED)

    @property
    def traces(self) -> tuple[str, str]:
        """By which it is found by what may put it right."""
        return answers_to(self.decision, self.holder_id, self.called)

    @property
    def certificate_id(self) -> str:
        """Of the certificate, made or to be made."""
        return self.pending_id.partition("-")[0]

    def vanished(self, *, sender: str, arrival: str, at: datetime) -> "Pending":
        """Give what stands as it is asked about, beside whatever else waits of it."""
        key = f"{self.certificate_id}{_VANISHED}"
        asked = replace(self, pending_id=key, kind="vanished", organisation=sender)
        return replace(asked, arrival=arrival, since=at)

    def settled(self, state: DoubtState, *, by: str, at: datetime, reason: str = "") -> "Pending":
        """Give it as it stands when nobody waits for it any more."""
        told = replace(self.told, reason=reason) if self.told and reason else self.told
        return replace(self, state=state, by=by, settled_at=at, told=told, refusal="")

    def reopened(self, *, kind: DoubtKind, arrival: str, at: datetime) -> "Pending":
        """Give it as it waits again."""
        return replace(self, kind=kind, state="waiting", arrival=arrival, since=at, by="", settled_at=None)

    def discarded(self, *, by: str, at: datetime, reason: str) -> "Pending":
        """Give it as put aside for good, or raise why it cannot be."""
        if self.kind != "held":
            raise PendingIssued("the certificate stands: send the decision that ends it to its changes")
        self.check_waiting("waiting")
        return self.settled("discarded", by=by, at=at, reason=check_reason(reason))

    def check_waiting(self, *states: DoubtState) -> None:
        """Raise unless it is in one of these states."""
        if self.state not in states:
            raise PendingSettled(f"got {self.state}; needed {' or '.join(states)}")

    def is_put_right_by(self, certificate_id: str, holder_id: str, decision: str, called: str) -> bool:
        """Whether that is the same approval, or the same decision with either number or name put right.

        Not with both: one decision may be about many holders, and another of them settles nothing here.
        """
        if self.certificate_id == certificate_id:
            return self.kind == "held"
        same_holder, same_name = self.holder_id == holder_id, self.called == called
        return self.decision == decision and same_holder != same_name


def answers_to(decision: str, holder_id: str, called: str) -> tuple[str, str]:
    """The same decision of the same holder, and of the same name."""
    return f"{decision}:{holder_id}", f"{decision}:{called}"


def traces_of(approval: Approval, key: bytes) -> tuple[str, str]:
    """Keyed digests of the decision without its holder, and of the holder's name alone."""
    said = [approval.document_number, approval.document_name, approval.content, str(approval.decided_on)]
    return _keyed([normal(one) for one in said], key), _keyed([comparable_name(approval.holder.name)], key)


def _keyed(texts: Sequence[str], key: bytes) -> str:
    return hmac.digest(key, json.dumps(["traces", *texts]).encode(), "sha256").hex()[:32]


def check_reason(reason: str) -> str:
    """Give it without blanks around it, or raise."""
    if not reason.strip():
        raise DecisionUnexplained("reason: needed, and empty")
    return reason.strip()
