"""Corrections: an error in a certificate that was issued is put right, for whom it was issued too."""

from dataclasses import replace
from datetime import date, datetime

from services.certs.domain.approval import Approval, Holder, JointHolder
from services.certs.domain.certificate import Certificate
from services.certs.domain.certificate_type import normal
from services.certs.domain.lifecycle import (
    MOST_MOVES,
    Move,
    MovesTooMany,
    Order,
    OrderConflict,
    Standing,
    State,
)
from services.certs.domain.renewal import check_fits, edition_after
from services.kernel.errors import Conflict, Invalid


class CorrectionNamesHolder(Invalid):
    """The reason is shown to who had the certificate wrongly: it must not tell whose it is."""

    code = "correction_names_holder"


class CorrectionTaken(Conflict):
    """A certificate of the decision as it is right now stands already."""

    code = "correction_taken"


def corrected(
    certificate: Certificate, over: Standing, order: Order, *, by: str, at: datetime, today: date
) -> tuple[Certificate, Move] | None:
    """Give the edition that is right and the change that it is; None where it was made before.

    A correction is about content: suspended stays suspended and revoked revoked, and whether it is expired
    the day says that is right now.
    """
    order.check(today=today)
    if over.acted_on(order):
        if not any(
            (one.approval_id, one.digest) == (certificate.approval_id, certificate.digest)
            for one in over.editions
        ):
            raise OrderConflict("correct by this case was decided with another approval when it came first")
        return None
    check_fits(certificate, over)
    if removed := set(over.holder_ids) - set(certificate.holder_ids):
        _check_silent(order.reason, certificate.approval, len(removed))
    if len(over.moves) >= MOST_MOVES:
        raise MovesTooMany(f"{len(over.moves)} changes are on record; {MOST_MOVES} may be")
    state = _but_for_its_end(over)
    edition = replace(edition_after(over, certificate), state=state)
    return edition, Move(order=order, state=state, by=by, at=at)


def _but_for_its_end(over: Standing) -> State:
    """The state that the calendar ended: what was suspended then is so still, unless a renewal came since."""
    if over.state != "expired":
        return over.state
    since = over.editions[-1].issued_at
    decided = [one.state for one in over.moves if one.at >= since and one.state != "expired"]
    return decided[-1] if decided else "valid"


def _check_silent(reason: str, approval: Approval, removed: int) -> None:
    said = normal(reason).upper()
    right: list[Holder | JointHolder] = [approval.holder, *approval.joint_holders]
    for one in right:
        if any(normal(part).upper() in said for part in (one.name, one.id_number)):
            raise CorrectionNamesHolder(
                f"reason: got a holder's name or number; {removed} who had it wrongly are shown the reason"
            )
