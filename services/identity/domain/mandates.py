"""Mandates (委托, 代办): who may act for whom, for which items, until when."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from services.identity.domain.holders import Holder, grown_up_on, is_of_age
from services.identity.domain.standings import Standing
from services.identity.events import MandateChanged
from services.kernel.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from services.kernel.holders import HolderId

# guardian 监护人, legal_representative 法定代表人, agent 代理人, helper 帮代办, heir 继承人,
# liquidator 清算人
MandateRole = Literal["guardian", "legal_representative", "agent", "helper", "heir", "liquidator"]
MandateState = Literal["offered", "open", "ended"]
# These act in the holder's whole matter; the others only in the items named.
WHOLE: frozenset[str] = frozenset({"guardian", "legal_representative", "heir", "liquidator"})
# Read the archive of who is no more; no code is opened by them.
AFTER_THE_END: frozenset[str] = frozenset({"heir", "liquidator"})


class MandateUnknown(NotFound):
    """Not there, or neither side is the caller's."""

    code = "mandate_unknown"


class MandateEnded(Gone):
    """Ended, or its time is over, or it was never accepted."""

    code = "mandate_ended"


class MandateShowsNoCode(Forbidden):
    """Heirs and liquidators read the archive; the codes have ended."""

    code = "mandate_shows_no_code"


class MandateOtherItem(Forbidden):
    """It was given for other items."""

    code = "mandate_other_item"


class MandateByCertificate(Conflict):
    """It stands in a certificate, and ends with it."""

    code = "mandate_by_certificate"


class MandateImpossible(Invalid):
    """To oneself, to an organisation, or until a time that is over."""

    code = "mandate_impossible"


class HolderNotEnded(Conflict):
    """Who is neither deceased nor dissolved has no heir and no liquidator."""

    code = "holder_not_ended"


class AgentTooYoung(Forbidden):
    """Below 14 nobody acts for another."""

    code = "agent_too_young"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """`principal` is who is acted for, `agent` who acts; `items` empty: every item.

    `certificate_id`: the certificate that says so (in its version `certificate_version`), and with which it
    ends. `checked_by`: the operator who saw the papers, where no certificate says so. `named`: a keyed hash
    of the name under which it was offered. `opened_at`: None where it was never open.
    """

    mandate_id: str
    version: int = 1
    principal: HolderId
    agent: HolderId
    role: MandateRole
    items: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    state: MandateState = "offered"
    named: str | None = None
    opened_at: datetime | None = None
    certificate_id: str | None = None
    certificate_version: int = 0
    checked_by: str | None = None
    checked_how: str | None = None
    changed_at: datetime

    def check_open(self, *, at: datetime) -> None:
        """Open, and in time."""
        if self.state != "open":
            raise MandateEnded(f"the mandate is {self.state}")
        if self.since is not None and at < self.since:
            raise MandateEnded("the mandate has not begun")
        if self.is_over(at=at):
            raise MandateEnded("the mandate is over")

    def is_over(self, *, at: datetime) -> bool:
        """Whether its time has passed."""
        return self.until is not None and at >= self.until

    def check_possible(self, *, at: datetime) -> None:
        """Whether it can come about at all."""
        if self.principal == self.agent:
            raise MandateImpossible("nobody needs a mandate for oneself")
        if self.is_over(at=at) or (self.since and self.until and self.since >= self.until):
            raise MandateImpossible("the mandate would be over before it begins")

    def accepted(self, *, named: str, at: datetime) -> "Mandate":
        """Give it open; whoever bears another name than the one it was offered to finds none."""
        if self.named != named:
            raise MandateUnknown("no mandate was offered to the caller under this id")
        if self.state == "ended" or self.is_over(at=at):
            raise MandateEnded("the offer was taken back, or is over")
        if self.state == "open":
            return self
        return replace(self, version=self.version + 1, state="open", opened_at=at, changed_at=at)

    def ended(self, *, at: datetime) -> "Mandate":
        """Give it ended, for good: a new one is offered instead."""
        if self.certificate_id is not None:
            raise MandateByCertificate("the mandate stands in a certificate and ends with it")
        if self.state == "ended":
            return self
        return replace(self, version=self.version + 1, state="ended", changed_at=at)

    def check_child(self, principal: Holder | None, *, today: date) -> None:
        """A guardian acts until the child is of age; how old is who is not registered, no id tells."""
        if self.role != "guardian":
            return
        if self.until is None and (principal is None or grown_up_on(principal) is None):
            raise MandateEnded("a guardianship without an end, of somebody whose age is not known")
        if principal is not None and is_of_age(principal, today=today):
            raise MandateEnded("who was under guardianship is of age")

    def check_principal(self, standing: Standing) -> None:
        """The living have neither heir nor liquidator, and who is no more has nobody else.

        Whether the codes are frozen is asked where that matters: a mandate outlasts a freeze.
        """
        ended = standing.state in {"deceased", "dissolved"}
        if self.role in AFTER_THE_END and not ended:
            raise HolderNotEnded("heirs and liquidators act for who is deceased or dissolved")
        if self.role not in AFTER_THE_END and ended:
            standing.check_active()

    def check_item(self, item: str) -> None:
        """Whether it reaches this item."""
        if self.items and item not in self.items:
            raise MandateOtherItem("the mandate was given for other items")

    @property
    def is_whole(self) -> bool:
        """Whether it opens the holder's whole space, and not the codes for some items alone."""
        return self.role in WHOLE

    def facts(self) -> tuple[MandateChanged, MandateChanged]:
        """One fact for each side (design.md, law 2: the key is the holder that it is about)."""
        principal, agent = (
            MandateChanged(
                mandate_id=self.mandate_id,
                version=self.version,
                holder_id=holder,
                principal=self.principal,
                agent=self.agent,
                role=self.role,
                items=self.items,
                state=self.state,
                until=self.until,
                changed_at=self.changed_at,
            )
            for holder in (self.principal, self.agent)
        )
        return principal, agent
