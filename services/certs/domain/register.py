"""A certificate as its record has it: what a verification that is online asks, and a face is drawn from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from services.certs.domain.lifecycle import State, Status, status_of

_STANDING = frozenset[State]({"valid", "suspended"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One version of what it says. `number` counts from 1; `status_list`, `index`: where its status stands.

    `encrypted`: its content, a copy for each holder, which only the store opens; of the last edition alone.
    """

    number: int
    status_list: int
    index: int
    type_version: int
    issued_at: datetime
    valid_from: date | None
    valid_to: date | None
    encrypted: Sequence[bytes] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """`version`: of the whole. `holder_ids`: whose it is now, in its order, and not whose it ever was.

    `editions`: every one there was, the one that stands last.
    """

    certificate_id: str
    version: int
    holder_ids: Sequence[str]
    certificate_type: str
    authority: str
    state: State
    editions: Sequence[Edition]

    @property
    def last(self) -> Edition:
        """The edition that stands."""
        return self.editions[-1]

    def status_at(self, status_list: int, index: int) -> Status | None:
        """Of the edition that has this place; None: none of its editions has."""
        for edition in self.editions:
            if (edition.status_list, edition.index) == (status_list, index):
                return self.status_of(edition)
        return None

    def status_of(self, edition: Edition) -> Status:
        """Every edition but the last gave way to the next one."""
        return status_of(self.state) if edition is self.last else "superseded"

    def state_on(self, today: date) -> State:
        """Valid to the end of its last day."""
        over = self.last.valid_to is not None and self.last.valid_to < today
        return "expired" if over and self.state in _STANDING else self.state
