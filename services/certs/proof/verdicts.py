"""Three answers about one certificate, none of which is guessed from another: integrity, status, issuer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from services.certs.domain.seal import Verdict as State
from services.certs.domain.verification import Answer
from services.certs.proof.lists import Reading, Statuses
from services.certs.proof.reading import Verified, open_vc
from services.certs.proof.refusals import (
    IssuerOther,
    KeyDead,
    KeyNotListed,
    NotYetValid,
    ProofExpired,
    Revoked,
    StatusNotStated,
    StatusTooOld,
    SuiteMissing,
    Superseded,
    Suspended,
)
from services.certs.proof.status import Status
from services.certs.proof.trust import Trust
from services.kernel.errors import Refusal

MOST_AGE = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`status_age`: of the data that `status` rests on, if any. `shown`: where integrity is valid."""

    integrity: Answer
    status: Answer
    issuer: Answer
    status_age: timedelta | None = None
    shown: Verified | None = None

    INTACT: ClassVar = Answer(state="valid", code="proof_intact")
    IN_FORCE: ClassVar = Answer(state="valid", code="proof_in_force")
    BY_AUTHORITY: ClassVar = Answer(state="valid", code="proof_of_authority")
    # Of content that does not hold nothing can be told, not even who would have to be asked.
    NOT_ASKED: ClassVar = Answer(state="unknown", code="proof_not_asked")

    @property
    def answers(self) -> tuple[tuple[str, Answer], ...]:
        return ("integrity", self.integrity), ("status", self.status), ("issuer", self.issuer)

    @property
    def state(self) -> State:
        """Invalid if any answer is, else unknown if any is."""
        states = {answer.state for _, answer in self.answers}
        return next(state for state in ("invalid", "unknown", "valid") if state in states)


_ENDED: dict[Status, type[Refusal]] = {"invalid": Revoked, "suspended": Suspended, "superseded": Superseded}


def verify(
    presented: str, *, keys: Trust, status: Statuses, at: datetime, most_age: timedelta = MOST_AGE
) -> Verdict:
    """Say what is known of it at that moment; no refusal is raised.

    "Unknown" never becomes "invalid": a key, a list or a suite that is not at hand speaks against nobody.
    """
    try:
        shown = open_vc(presented.strip(), keys)
    except (KeyNotListed, KeyDead, SuiteMissing) as error:
        issuer = _answer(error, "invalid" if isinstance(error, KeyDead) else "unknown")
        return Verdict(integrity=_answer(error, "unknown"), status=Verdict.NOT_ASKED, issuer=issuer)
    except Refusal as error:
        unasked = Verdict.NOT_ASKED
        return Verdict(integrity=_answer(error, "invalid"), status=unasked, issuer=unasked)
    answer, age = _status(shown, status, at, most_age)
    return Verdict(
        integrity=Verdict.INTACT, status=answer, issuer=_issuer(shown), status_age=age, shown=shown
    )


def _issuer(shown: Verified) -> Answer:
    if shown.doubt is None:
        return Verdict.BY_AUTHORITY
    return _answer(shown.doubt, "invalid" if isinstance(shown.doubt, IssuerOther) else "unknown")


def _status(
    shown: Verified, statuses: Statuses, at: datetime, most_age: timedelta
) -> tuple[Answer, timedelta | None]:
    """What the list says counts first, then the dates, which need no list, then that nobody knows."""
    age, unknown = None, None
    try:
        reading = _looked_up(shown, statuses, at)
        age = max(at - reading.made_at, timedelta())
        if age > most_age:
            raise StatusTooOld(f"the status is {age} old; {most_age} at most is accepted")
        if ended := _ENDED.get(reading.status):
            return _answer(ended(f"as of {reading.made_at:%Y-%m-%d %H:%M:%S} UTC"), "invalid"), age
    except Refusal as error:
        unknown = _answer(error, "unknown")
    try:
        shown.check_time(at=at)
    except (ProofExpired, NotYetValid) as error:
        return _answer(error, "invalid"), age
    return unknown or Verdict.IN_FORCE, age


def _looked_up(shown: Verified, statuses: Statuses, at: datetime) -> Reading:
    if shown.slot is None:
        raise StatusNotStated("it does not say where its status is found")
    return statuses.find(shown.slot, issuer=shown.issuer, at=at)


def _answer(refusal: Refusal, state: State) -> Answer:
    return Answer(state=state, code=refusal.code, detail=refusal.detail)
