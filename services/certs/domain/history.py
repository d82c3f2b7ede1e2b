"""What was said of a certificate through its life, out of its document: for a log that missed it."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

from services.certs.domain.lifecycle import Edition, Move, Standing
from services.certs.domain.record import Fact, fact_of
from services.certs.events import CertificateIssued, StatusChanged
from services.kernel.event import event_id
from services.kernel.holders import HolderId

_Step = tuple[Edition, Move | None]
DayOf = Callable[[datetime], date]


def facts_of(
    standing: Standing, digests: Mapping[int, str], *, holder_id: HolderId, day_of: DayOf
) -> Mapping[int, Fact]:
    """One fact for each version, as it was said; none where the document does not account for all of them.

    `digests`: of the tokens, by edition; a version whose token was erased has no fact. `holder_id`: whose.
    `day_of`: the civil day of a moment.
    """
    steps = _steps(standing)
    if len(steps) != standing.version:
        return {}
    said = {
        version: _said(standing, step, version, digests[step[0].number], holder_id, day_of)
        for version, step in enumerate(steps, start=1)
        if step[0].number in digests
    }
    return {version: fact_of(event_id(one, version=version), one) for version, one in said.items()}


def _steps(standing: Standing) -> Sequence[_Step]:
    """By time. A correction is an edition and a move at once."""
    to_come = deque(standing.editions)
    last = to_come.popleft()
    steps: list[_Step] = [(last, None)]
    for move in standing.moves:
        while to_come and to_come[0].issued_at < move.at:
            steps.append((last := to_come.popleft(), None))
        if move.order.change == "correct" and to_come:
            last = to_come.popleft()
        steps.append((last, move))
    return [*steps, *((one, None) for one in to_come)]


def _said(
    standing: Standing, step: _Step, version: int, digest: str, holder_id: HolderId, day_of: DayOf
) -> CertificateIssued | StatusChanged:
    edition, move = step
    if move and move.order.change != "correct":
        return _changed(standing, edition, move, version, digest, holder_id)
    change = None if version == 1 else "correct" if move else "renew"
    return CertificateIssued(
        certificate_id=standing.certificate_id,
        version=version,
        holder_id=holder_id,
        certificate_type=standing.certificate_type,
        state=move.state if move else _state_at_issue(edition, day_of),
        authority=standing.authority,
        issued_at=edition.issued_at,
        valid_from=edition.valid_from,
        valid_to=edition.valid_to,
        sealed="",
        change=change,
        token_digest=digest,
    )


def _changed(
    standing: Standing, edition: Edition, move: Move, version: int, digest: str, holder_id: HolderId
) -> StatusChanged:
    return StatusChanged(
        certificate_id=standing.certificate_id,
        version=version,
        holder_id=holder_id,
        certificate_type=standing.certificate_type,
        state=move.state,
        change=move.order.change,
        changed_at=move.at,
        authority=standing.authority,
        issued_at=edition.issued_at,
        valid_from=edition.valid_from,
        valid_to=edition.valid_to,
        sealed="",
        token_digest=digest,
    )


def _state_at_issue(edition: Edition, day_of: DayOf) -> str:
    over = edition.valid_to is not None and edition.valid_to < day_of(edition.issued_at)
    return "expired" if over else "valid"
