"""Whether a holder's codes work: frozen and thawed by many, ended by an authority alone.

A standing is a document of its own, under the derived holder id: the code of somebody who never signed in
can be frozen too, and by what it takes and answers nobody learns whether a number is registered.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.identity.domain.holders import CODE_KINDS, CodeKind
from services.identity.events import StandingChanged
from services.kernel.errors import Conflict, Forbidden, Gone, Invalid
from services.kernel.holders import HolderId, HolderKind

State = Literal["active", "frozen", "deceased", "dissolved"]
# What an authority froze or ended is for an authority to lift; anything else for any of these.
ActingAs = Literal["holder", "hotline", "counter", "authority"]


class HolderFrozen(Forbidden):
    code = "holder_frozen"


class HolderEnded(Gone):
    """Deceased or dissolved: no code of the holder works any more."""

    code = "holder_ended"


class FreezeByAuthority(Forbidden):
    """Set by an authority, so lifted by an authority alone."""

    code = "freeze_by_authority"


class StandingFinal(Conflict):
    """Who is deceased or dissolved is neither frozen nor thawed."""

    code = "standing_final"


class EndNotOfKind(Invalid):
    """A person is deceased, an organisation is dissolved."""

    code = "end_not_of_kind"


def code_kind_of(kind: HolderKind, standings: Iterable["Standing"]) -> CodeKind | None:
    """Which code the holder may show; none while a document of the person is frozen or ended."""
    return CODE_KINDS[kind] if all(one.state == "active" for one in standings) else None


def ending_of(kind: HolderKind) -> State:
    """Give the state in which a holder of this kind ends."""
    return "deceased" if kind == "person" else "dissolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`version` 0: nobody has changed it yet. Sessions begun before `sessions_end_at` are dead for good."""

    holder_id: HolderId
    version: int = 0
    state: State = "active"
    acting_as: ActingAs | None = None
    changed_by: str = ""
    reason: str = ""
    checked: str = ""
    changed_at: datetime | None = None
    sessions_end_at: datetime | None = None

    def check_active(self) -> None:
        """Asked before every showing, scan and sign-in."""
        if self.state == "frozen":
            raise HolderFrozen("the holder's codes are frozen")
        if self.state != "active":
            raise HolderEnded(f"the holder is {self.state}: the codes have ended")

    def ends_session(self, *, begun_at: datetime | None) -> bool:
        """Whether a session begun then was cut off by a freeze or an end since; one of unknown age was."""
        return self.sessions_end_at is not None and (begun_at is None or begun_at <= self.sessions_end_at)

    def moved(
        self, state: State, *, acting_as: ActingAs, by: str, reason: str, checked: str = "", at: datetime
    ) -> "tuple[Standing, StandingChanged] | None":
        """Give the next standing and its fact; None where it stands so already.

        `checked`: how whoever acts made sure of the holder. A second freeze ends the sessions begun since the
        first; what an authority froze stays its own to lift.
        """
        self._check_right(state, acting_as)
        if self.state == state != "frozen":
            return None
        if self.state == state and self.acting_as == "authority":
            acting_as = "authority"
        after = replace(
            self,
            version=self.version + 1,
            state=state,
            acting_as=acting_as,
            changed_by=by,
            reason=reason,
            checked=checked,
            changed_at=at,
            sessions_end_at=self.sessions_end_at if state == "active" else at,
        )
        said = StandingChanged(
            holder_id=self.holder_id,
            version=after.version,
            state=state,
            acting_as=acting_as,
            changed_at=at,
        )
        return after, said

    def following(self, other: "Standing") -> "tuple[Standing, StandingChanged] | None":
        """Give this one as the other document of the same person stands since; the later decision counts.

        None where it stands so, where what stands here was decided later, or where it is not theirs to lift.
        """
        if other.acting_as is None or other.changed_at is None:
            return None
        if self.changed_at is not None and self.changed_at >= other.changed_at:
            return None
        try:
            return self.moved(
                other.state,
                acting_as=other.acting_as,
                by=other.changed_by,
                reason=other.reason,
                checked=other.checked,
                at=other.changed_at,
            )
        except (FreezeByAuthority, StandingFinal):
            return None

    def _check_right(self, state: State, acting_as: ActingAs) -> None:
        if acting_as == "authority":
            return
        if self.state in {"deceased", "dissolved"}:
            raise StandingFinal(f"the holder is {self.state}")
        if self.state == "frozen" and self.acting_as == "authority" and state != "frozen":
            raise FreezeByAuthority("an authority has frozen these codes")
