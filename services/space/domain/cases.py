"""A holder's case: an access is disputed, or an entry is to be corrected, and somebody has to answer."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from services.kernel.errors import Conflict, Forbidden, NotFound
from services.space.domain.accesses import Access
from services.space.domain.entries import Entry
from services.space.events import CaseChanged

Kind = Literal["dispute", "correction"]
# upheld: the holder is right, and what follows is in the answer; rejected: not; answered: neither was asked.
Reply = Literal["answered", "upheld", "rejected"]
State = Literal["open", "answered", "upheld", "rejected", "withdrawn"]
# Calendar days, as Regulation (EU) 2016/679, 12(3), counts a month: half of what is usual.
DEADLINE = timedelta(days=15)
PLATFORM = ""


class CaseUnknown(NotFound):
    """Not there, or not the caller's to see: it cannot tell which."""

    code = "case_unknown"


class CaseOpenAlready(Conflict):
    """There is one about the same thing, which has no answer yet."""

    code = "case_open_already"


class CaseClosed(Conflict):
    """It was answered, or withdrawn: who disagrees opens another."""

    code = "case_closed"


class EntryNotIssued(Conflict):
    """The holder's own upload: no authority stands behind it, so nobody could answer."""

    code = "entry_not_issued"


class CaseRoleMissing(Forbidden):
    """Whoever was at the counter does not answer for it alone."""

    code = "role_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`organisation` is to answer; empty: who runs the platform. `subject_id`: of the access or the entry.

    `text`, `fields` and `answer` are the holder's and nobody else's to read; empty once they were erased.
    """

    case_id: str
    version: int
    holder_id: str
    kind: Kind
    subject_id: str
    organisation: str
    state: State
    opened_at: datetime
    due_at: datetime
    arrival: str
    escalated: bool = False
    closed_at: datetime | None = None
    answered_by: str | None = None
    text: str = field(default="", repr=False)
    fields: tuple[str, ...] = ()
    answer: str = field(default="", repr=False)

    def is_overdue(self, *, at: datetime) -> bool:
        """No answer, and the time for it is over."""
        return self.state == "open" and at > self.due_at

    def answered(self, reply: Reply, answer: str, *, by: str, at: datetime) -> "Case":
        """Give it closed; itself where this was the answer before; late is better than never."""
        if (self.state, self.answer) == (reply, answer):
            return self
        self._check_open()
        return _next(self, state=reply, answer=answer, answered_by=by, closed_at=at)

    def withdrawn(self, *, at: datetime) -> "Case":
        """Give it closed by the holder."""
        if self.state == "withdrawn":
            return self
        self._check_open()
        return _next(self, state="withdrawn", closed_at=at)

    def overdue(self) -> "Case":
        """Give it with its delay made known, which is said once."""
        return _next(self, escalated=True)

    def changed(self, *, at: datetime) -> CaseChanged:
        """Give the fact of this version."""
        told = ("case_id", "version", "holder_id", "kind", "subject_id", "organisation", "state", "due_at")
        said = {name: getattr(self, name) for name in told}
        return CaseChanged(**said, overdue=self.escalated and self.state == "open", changed_at=at)

    def _check_open(self) -> None:
        if self.state != "open":
            raise CaseClosed(f"the case was closed: {self.state}")


def dispute(access: Access, text: str, *, case_id: str, at: datetime, arrival: str) -> Case:
    """Open one about an access: the organisation whose operator asked has to answer."""
    return _opened(
        "dispute", access.access_id, access.holder_id, access.organisation, text, case_id, at, arrival
    )


def correction(
    entry: Entry, text: str, fields: tuple[str, ...], *, case_id: str, at: datetime, arrival: str
) -> Case:
    """Open one about an entry: the authority that issued it has to answer."""
    if not entry.authority:
        raise EntryNotIssued("your own upload was named; needed: what an authority issued")
    case = _opened("correction", entry.entry_id, entry.holder_id, entry.authority, text, case_id, at, arrival)
    return replace(case, fields=fields)


def _next(case: Case, **changes: Any) -> Case:
    return replace(case, version=case.version + 1, **changes)


def _opened(
    kind: Kind,
    subject_id: str,
    holder_id: str,
    organisation: str,
    text: str,
    case_id: str,
    at: datetime,
    arrival: str,
) -> Case:
    return Case(
        case_id=case_id,
        version=1,
        holder_id=holder_id,
        kind=kind,
        subject_id=subject_id,
        organisation=organisation,
        state="open",
        opened_at=at,
        due_at=at + DEADLINE,
        arrival=arrival,
        text=text,
    )
