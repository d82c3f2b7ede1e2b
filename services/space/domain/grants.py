"""What a scan gave an operator the right to, and who may use it for what."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.kernel.errors import Forbidden, Gone, Malformed
from services.space.domain.needs import Form


class GrantMissing(Malformed):
    """Nothing is matched or pulled without one."""

    code = "grant_missing"


class GrantRejected(Forbidden):
    """Signature, issuer, audience or type does not hold: nothing that it says is believed."""

    code = "grant_rejected"


class GrantExpired(Forbidden):
    """It was ours, and its ten minutes are over."""

    code = "grant_expired"


class GrantOtherOperator(Forbidden):
    """It counts only beside an access token of the operator who scanned."""

    code = "grant_other_operator"


class GrantOtherItem(Forbidden):
    """The counter has another item before it than the grant is for."""

    code = "grant_other_item"


class GrantOtherHolder(Forbidden):
    """The counter has another holder before it than the one who gave the grant."""

    code = "grant_other_holder"


class GrantWithdrawn(Forbidden):
    """Taken back: by the holder, by a freeze, with its mandate or with the operator who got it."""

    code = "grant_withdrawn"


class MandateEnded(Gone):
    """Who acts for another does so no longer, whatever the token says."""

    code = "mandate_ended"


class TypeNotGranted(Forbidden):
    """More was asked for than the grant allows."""

    code = "certificate_type_not_granted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Who acts at a counter (经办人)."""

    operator: str
    organisation: str
    counter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One need of the item, by its name there; as the item has it, unless a form or fields say less."""

    need: str
    form: Form | None = None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a counter asks for; `item` and `holder_id` are for one that keeps several visits open.

    `certificate_types`, `needs` None: all that the grant and the item allow.
    """

    certificate_types: tuple[str, ...] | None = None
    needs: tuple[Ask, ...] | None = None
    item: str | None = None
    holder_id: str | None = None

    @property
    def narrowed(self) -> bool:
        """Whether less was asked for than there is to be had."""
        return self.certificate_types is not None or self.needs is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """As identity last said it stands."""

    mandate_id: str
    version: int
    state: str
    until: datetime | None

    def check_open(self, *, at: datetime) -> None:
        """Open, and in time."""
        if self.state != "open" or (self.until is not None and at >= self.until):
            raise MandateEnded("the mandate is not open any more")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Whether a holder's codes are frozen or ended, as identity last said, and since when."""

    holder_id: str
    version: int
    state: str
    changed_at: datetime

    def cuts_off(self, grant: "Grant") -> bool:
        """Whether it dates from before the freeze: a thaw revives no grant."""
        return self.state != "active" or grant.given_by <= self.changed_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a grant says, once its signature holds; `expired` when its time was over as it was read.

    `holder_ids`: the holder and the aliases, in all of whose spaces it is looked. `given_by`: it was given
    before this, for a token's times are whole seconds. `answers_only`: the holder was asked for no more than
    a yes or no. `used_at`: of an emergency code used without a network.
    """

    grant_id: str
    scan_id: str
    holder_id: str
    holder_ids: tuple[str, ...]
    operator: str
    organisation: str
    counter: str
    item: str
    certificate_types: tuple[str, ...]
    purpose: str
    basis: str
    case_number: str | None
    mandate_id: str | None
    given_by: datetime
    expires_at: datetime
    expired: bool
    answers_only: bool = False
    used_at: datetime | None = None

    def allows(self, asked: Asked, *, by: Operator) -> tuple[str, ...]:
        """Give the certificate types that may be looked for, or refuse."""
        if (by.operator, by.organisation) != (self.operator, self.organisation):
            raise GrantOtherOperator("the grant was given to another operator or organisation")
        if self.expired:
            raise GrantExpired(f"the grant ended at {self.expires_at:%Y-%m-%dT%H:%M:%SZ}")
        if asked.item not in {None, self.item}:
            raise GrantOtherItem(f"the grant is for item {self.item}")
        if asked.holder_id not in {None, *self.holder_ids}:
            raise GrantOtherHolder("the grant was given by another holder")
        wanted = self.certificate_types if asked.certificate_types is None else asked.certificate_types
        if more := [one for one in wanted if one not in self.certificate_types]:
            raise TypeNotGranted(f"the grant does not cover {', '.join(more)}")
        return tuple(dict.fromkeys(wanted))

    def check_stands(
        self, *, withdrawn: bool, mandate: Mandate | None, standing: Standing | None, at: datetime
    ) -> None:
        """Refuse what was taken back since it was given; what was not heard of yet is as it was then."""
        if withdrawn or (standing is not None and standing.cuts_off(self)):
            raise GrantWithdrawn("the grant was taken back: ask for a new code if it is still needed")
        if mandate is not None:
            mandate.check_open(at=at)

    def placed(self, by: Operator) -> Operator:
        """Where a sign-in names no counter, it is the one that scanned."""
        return replace(by, counter=by.counter or self.counter)
