"""The life of a certificate after its issue: which change leads from which state to which."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from services.certs.domain.representation import Representation
from services.kernel.errors import Conflict, Invalid, NotFound
from services.kernel.holders import HolderId

State = Literal["valid", "suspended", "withdrawn", "revoked", "cancelled", "expired"]
Change = Literal["suspend", "resume", "withdraw", "revoke", "cancel", "expire"]

# What a status list tells apart. A certificate says itself when it ends, so that one expired is not listed.
Status = Literal["valid", "invalid", "suspended", "superseded"]

_STANDING = frozenset[State]({"valid", "suspended"})
# 撤销, 吊销 and 注销 are final. What has run out can still turn out to have been granted wrongly.
MOVES: Mapping[str, tuple[frozenset[State], State]] = {
    "suspend": (frozenset({"valid"}), "suspended"),
    "resume": (frozenset({"suspended"}), "valid"),
    "withdraw": (_STANDING | {"expired"}, "withdrawn"),
    "revoke": (_STANDING | {"expired"}, "revoked"),
    "cancel": (_STANDING | {"expired"}, "cancelled"),
    "expire": (_STANDING, "expired"),
}
PLATFORM = "platform"
# One document keeps them all, and nobody's certificate is suspended so often by right.
# What ends a certificate is never refused for it.
MOST_MOVES = 100


def status_of(state: State) -> Status:
    """Whatever is final is "invalid" to a verifier; the pages say which it was."""
    match state:
        case "valid" | "expired":
            return "valid"
        case "suspended":
            return "suspended"
        case _:
            return "invalid"


class CertificateUnknown(NotFound):
    """Not there, or not one that the caller may change: the two look alike."""

    code = "certificate_unknown"


class CertificateOnlyOne(Conflict):
    """Of a type of which a holder has one that stands at most, and this would be the second."""

    code = "certificate_only_one"


class MoveIllegal(Conflict):
    """The state found is not one from which this change leads on."""

    code = "certificate_move_illegal"


class OrderConflict(Conflict):
    """The same decision was sent before with another date."""

    code = "change_conflict"


class OrderIncomplete(Invalid):
    """Without its reason, its number and a day that has come nobody can be told why."""

    code = "change_incomplete"


class MovesTooMany(Conflict):
    """More than the history of one certificate holds."""

    code = "changes_too_many"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What an authority decided about a certificate; the same `case_number` is the same decision."""

    change: Change | Literal["correct"]
    reason: str
    case_number: str
    decided_on: date

    def check(self, *, today: date) -> None:
        """Raise what is missing."""
        blank = [name for name in ("reason", "case_number") if not getattr(self, name).strip()]
        if blank:
            raise OrderIncomplete(f"{', '.join(blank)}: needed, and empty")
        if self.decided_on > today:
            raise OrderIncomplete(f"decided_on: got {self.decided_on}; needed a day up to {today}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One change that was made. `by`: the organisation that sent it, or `platform`."""

    order: Order
    state: State
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One edition of a certificate; all but the last are superseded. `number`: as in its identifier."""

    number: int
    identifier: str
    issued_at: datetime
    valid_from: date | None
    valid_to: date | None
    decided_on: date | None = None
    number_key: str | None = None
    approval_id: str = ""
    digest: str = ""

    @property
    def called(self) -> frozenset[str]:
        """By what an approval can name it: its identifier, and the keyed hash of its number."""
        return frozenset({self.identifier, self.number_key or self.identifier})


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A certificate as it stands, as far as a change needs to know it."""

    certificate_id: str
    version: int
    holder_id: HolderId
    certificate_type: str
    authority: str
    identifier: str
    state: State
    issued_at: datetime
    valid_from: date | None
    valid_to: date | None
    represents: tuple[Representation, ...] = ()
    moves: tuple[Move, ...] = ()
    editions: tuple[Edition, ...] = ()
    joint: tuple[HolderId, ...] = ()
    ever: tuple[HolderId, ...] = ()

    @property
    def holder_ids(self) -> tuple[HolderId, ...]:
        """All whose certificate it is, the first one first."""
        return (self.holder_id, *self.joint)

    def state_on(self, today: date) -> State:
        """Valid to the end of its last day, whether or not its end was written down since."""
        over = self.valid_to is not None and self.valid_to < today
        return "expired" if over and self.state in _STANDING else self.state

    @property
    def stands(self) -> bool:
        """Whether it has not ended, as far as that was written down."""
        return self.state in _STANDING

    def changed(self, order: Order, *, by: str, at: datetime, today: date) -> "Standing | None":
        """Give its next version, or None where this decision was acted on before, however long ago.

        So one that comes again late changes nothing: it does not suspend what was resumed meanwhile.
        """
        order.check(today=today)
        if self.acted_on(order):
            return None
        return self._moved(order, found=self.state_on(today), by=by, at=at)

    def acted_on(self, order: Order) -> bool:
        """Whether this decision is on record; `OrderConflict` where it is with another date."""
        same = [one.order for one in self.moves if _is_same(one.order, order)]
        if same and same[0].decided_on != order.decided_on:
            raise OrderConflict(f"{order.change} by this case was decided on another day when it came first")
        return bool(same)

    def ended(self, *, at: datetime, today: date) -> "Standing | None":
        """Give its next version where its last day is over, else None."""
        if self.valid_to is None or self.state == self.state_on(today):
            return None
        order = Order(change="expire", reason="有效期届满", case_number="", decided_on=self.valid_to)
        return self._moved(order, found=self.state, by=PLATFORM, at=at)

    def _moved(self, order: Order, *, found: State, by: str, at: datetime) -> "Standing":
        needed, state = MOVES[order.change]
        if found not in needed:
            raise MoveIllegal(f"{order.change}: it is {found}; needed {' or '.join(sorted(needed))}")
        if len(self.moves) >= MOST_MOVES and state in _STANDING:
            raise MovesTooMany(f"{len(self.moves)} changes are on record; {MOST_MOVES} may be")
        move = Move(order=order, state=state, by=by, at=at)
        return replace(self, version=self.version + 1, state=state, moves=(*self.moves, move))


def _is_same(one: Order, other: Order) -> bool:
    return (one.change, one.case_number.strip()) == (other.change, other.case_number.strip())
