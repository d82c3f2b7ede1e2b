"""What a printed code alone leads to: the record, and of that the least that tells one from another."""

from collections.abc import Mapping
from datetime import datetime

from services.certs.domain.lifecycle import Status
from services.certs.domain.register import Record
from services.certs.domain.seal import Verdict as Verdicts
from services.certs.domain.verification import (
    Answer,
    Found,
    PrintedCodeAlone,
    PrintedCodeUnknown,
    StatusUnreachable,
    Verification,
)
from services.certs.proof import Verdict, shown_in
from services.certs.proof.refusals import NotYetValid, ProofExpired, Revoked, Superseded, Suspended
from services.kernel.clock import civil_date
from services.kernel.errors import Refusal
from services.kernel.holders import kind_of, mask_name

_ENDED: Mapping[Status, type[Refusal]] = {
    "invalid": Revoked,
    "suspended": Suspended,
    "superseded": Superseded,
}
_ON_RECORD = Answer(state="valid", code="printed_code_on_record")


def judge_code(found: Found, *, at: datetime) -> Verification:
    """A text that is no code of ours is nobody's.

    A code is kept when its page is first drawn; one that could be ours and was not is unknown, not wrong.
    """
    unasked = Verdict.NOT_ASKED
    if not found.reached:
        away = _answer(StatusUnreachable, "unknown")
        return Verification(kind="code", integrity=unasked, status=away, issuer=unasked)
    if found.record is None or found.edition is None:
        nobodys = _answer(PrintedCodeUnknown, "invalid" if found.edition is None else "unknown")
        return Verification(kind="code", integrity=nobodys, status=unasked, issuer=unasked)
    return Verification(
        kind="code",
        integrity=_answer(PrintedCodeAlone, "unknown"),
        status=_status(found.record, found.edition, at),
        issuer=_ON_RECORD,
        status_age=at - found.at,
        shown=_facts(found, found.record, at),
    )


def _status(record: Record, number: int, at: datetime) -> Answer:
    """What the record says counts first, then the dates, as for a token."""
    today = civil_date(at)
    edition = next(one for one in record.editions if one.number == number)
    if ended := _ENDED.get(record.status_of(edition)):
        return _answer(ended, "invalid")
    if edition.valid_to and edition.valid_to < today:
        return _answer(ProofExpired, "invalid")
    if edition.valid_from and today < edition.valid_from:
        return _answer(NotYetValid, "invalid")
    return Verdict.IN_FORCE


def _facts(found: Found, record: Record, at: datetime) -> Mapping[str, object]:
    """Of the edition that stands; no number, and no field of the type.

    Whoever holds the page of another edition is told no name: it may have been made for somebody else.
    """
    said = shown_in(found.credential) if found.credential else {}
    stands = found.edition == record.last.number
    name, id_type = str(said.get("holder_name") or "") if stands else "", str(said.get("id_type") or "111")
    return {
        "certificate_type": record.certificate_type,
        "name": found.type.name if found.type else said.get("name"),
        "authority": record.authority,
        "authority_name": said.get("authority_name"),
        "state": record.state_on(civil_date(at)),
        "valid_from": record.last.valid_from,
        "valid_to": record.last.valid_to,
        "holder_name_masked": mask_name(name, kind_of(id_type)) if name else None,
    }


def _answer(reason: type[Refusal], state: Verdicts) -> Answer:
    return Answer(state=state, code=reason.code)
