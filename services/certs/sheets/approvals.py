"""One line of the table to one approval, or to the reason why not."""

from collections.abc import Callable
from datetime import date, timedelta

from services.certs.domain import shown
from services.certs.sheets.cells import code, is_placeholder, number
from services.certs.sheets.dates import DateUnreadable, Day, read_day
from services.certs.sheets.further_holders import read_joint_holders
from services.certs.sheets.headings import Field, Form
from services.certs.sheets.holder import Holder, read_holder, read_representative
from services.certs.sheets.record import Record
from services.certs.sheets.rows import Row, RowWrong, State
from services.kernel.errors import Refusal
from services.kernel.holders import check_number, mask_number

# The lengths of the form are known at second hand: longer cells are flagged and never cut.
_LENGTHS = {Field.HOLDER_NAME: 200, Field.DOCUMENT_NAME: 64, Field.DOCUMENT_NUMBER: 64, Field.CONTENT: 4000}
_EXPECTED = (Field.SOURCE_NAME, Field.SOURCE_CODE)  # the form wants them; a certificate can do without
_LONG_AGO = timedelta(days=366)

_STATE_WORDS: dict[str, State] = {"正常": "valid", "有效": "valid", "撤销": "withdrawn"}
# "1" means 撤销 in the form of 2015 and 有效 in that of 2018: the form decides, never the value.
_STATE_NUMBERS: dict[Form, dict[str, State]] = {
    Form.OF_2015: {"0": "valid", "1": "withdrawn"},
    Form.OF_2018: {"1": "valid"},
    Form.UNDECIDED: {},
}


def read_approval(record: Record, *, line: int, today: date) -> Row:
    """Read one row; the faults of the record tell every cell that keeps it from becoming a certificate.

    With a fault it is no row to go on with: what is wrong stands empty in it.
    """
    name = record.text(Field.HOLDER_NAME)
    holder = read_holder(record, today=today)
    decided, begins, ends = _days(record, today=today)
    certificate_number = record.read(Field.CERTIFICATE_NUMBER, number)
    document_number = record.read(Field.DOCUMENT_NUMBER, number) or certificate_number
    return Row(
        line=line,
        holder_name=name,
        holder_kind=holder.kind,
        id_type=holder.id_type,
        id_number=holder.number,
        legal_representative=record.words(Field.LEGAL_REPRESENTATIVE)
        if holder.kind == "organisation"
        else None,
        representative=read_representative(record, today=today) if holder.kind == "organisation" else None,
        joint_holders=read_joint_holders(record, today=today),
        document_name=record.text(Field.DOCUMENT_NAME),
        # Where a decision has no number of its own, the form wants the number of the licence there.
        document_number=document_number or record.text(Field.DOCUMENT_NUMBER, number),
        category=record.text(Field.CATEGORY),
        certificate_name=record.words(Field.CERTIFICATE_NAME),
        certificate_number=certificate_number,
        renews=record.read(Field.RENEWS, number),
        content=record.text(Field.CONTENT),
        decided_on=decided.on if decided else None,
        valid_from=begins.on if begins else None,
        valid_to=ends.on if ends else None,
        long_term=ends is not None and ends.on is None,
        authority_name=record.words(Field.AUTHORITY_NAME),
        authority_code=record.gather(lambda: _authority_code(record, today=today)) or "",
        state=record.gather(lambda: _state(record)) or "valid",
        source_name=record.words(Field.SOURCE_NAME),
        source_code=_source_code(record, today=today),
        remark=record.words(Field.REMARK),
        raw=record.raw(),
        warnings=_flags(record, holder),
    )


def _days(record: Record, *, today: date) -> tuple[Day | None, Day | None, Day | None]:
    """Read decision, begin and end; an end before the begin is refused, other oddities are flagged."""
    decided = record.gather(lambda: record.read(Field.DECIDED_ON, _day()))
    begins = record.gather(lambda: record.read(Field.VALID_FROM, _day()))
    read_end = record.read if record.heading.form is Form.OF_2015 else record.needed
    ends = record.gather(lambda: read_end(Field.VALID_TO, _day(is_end=True)))
    if not (decided or begins or record.is_wrong(Field.DECIDED_ON)):
        begins = record.gather(lambda: record.needed(Field.VALID_FROM, _day()))
    record.gather(lambda: _in_order(record, begins, ends))
    for day in (decided, begins, ends):
        record.warnings.extend(day.warnings if day else ())
    if ends is None:
        record.warnings.append("end_missing")
    if decided and decided.on:
        _flag_decision(record, decided.on, ends, today=today)
    return decided, begins, ends


def _day(*, is_end: bool = False) -> Callable[[str], Day | None]:
    def parse(cell: str) -> Day | None:
        try:
            return read_day(cell, is_end=is_end)
        except DateUnreadable as error:
            raise RowWrong("date_unreadable", detail=str(error)) from error

    return parse


def _in_order(record: Record, begins: Day | None, ends: Day | None) -> None:
    if begins and begins.on and ends and ends.on and ends.on < begins.on:
        detail = f"got an end on {ends.on} before the begin on {begins.on}; needed the same day or later"
        raise RowWrong("dates_out_of_order", column=record.heading.name(Field.VALID_TO), detail=detail)


def _flag_decision(record: Record, decided: date, ends: Day | None, *, today: date) -> None:
    if decided > today:
        record.warnings.append("decided_in_future")
    if today - decided > _LONG_AGO:
        record.warnings.append("decided_long_ago")
    if ends and ends.on and ends.on < decided:
        record.warnings.append("ends_before_decision")


def _state(record: Record) -> State:
    """An empty state is an ordinary approval: the column came late and is not required."""
    written = record.words(Field.STATE)
    if written is None:
        return "valid"
    text = number(written) or written
    state = _STATE_WORDS.get(text) or _STATE_NUMBERS[record.heading.form].get(text)
    if state:
        return state
    disputed = text == "异议" or (text == "2" and record.heading.form is Form.OF_2015)
    code_ = "row_state_disputed" if disputed else "row_state_undecided"
    detail = f"got {shown(text)} in the form of {record.heading.form.value}; needed 正常, 有效 or 撤销"
    raise RowWrong(code_, column=record.heading.name(Field.STATE), detail=detail)


def _authority_code(record: Record, *, today: date) -> str:
    if Field.AUTHORITY_CODE not in record.heading.columns:
        record.text(Field.AUTHORITY_NAME)  # the form of 2015: whoever reads on knows the names
        record.warnings.append("authority_code_absent")
        return ""
    column = record.heading.name(Field.AUTHORITY_CODE)
    text, _ = record.read(Field.AUTHORITY_CODE, code)
    if text is None or is_placeholder(text):
        got = "the stand-in for a missing code" if text else "an empty cell"
        raise RowWrong(
            "authority_code_missing", column=column, detail=f"got {got}; needed the code of the authority"
        )
    try:
        return check_number("001", text, today=today)
    except Refusal as error:
        detail = f"got {mask_number(text)}; {error.detail}"
        raise RowWrong("authority_code_invalid", column=column, detail=detail) from error


def _source_code(record: Record, *, today: date) -> str | None:
    """The source is told for the record only, so a wrong code of it is flagged and left out."""
    text = record.written(Field.SOURCE_CODE)
    try:
        parsed, _ = code(text)
        return check_number("001", parsed, today=today) if parsed else None
    except (RowWrong, Refusal):
        record.warnings.append("source_code_invalid")
        return None


def _flags(record: Record, holder: Holder) -> tuple[str, ...]:
    expected = [field for field in _EXPECTED if field in record.heading.columns]
    if holder.kind == "organisation":
        expected.append(Field.LEGAL_REPRESENTATIVE)
    if any(record.words(field) is None for field in expected):
        record.warnings.append("field_missing")
    if any(len(record.written(field)) > length for field, length in _LENGTHS.items()):
        record.warnings.append("field_longer_than_form")
    return tuple(dict.fromkeys((*holder.warnings, *record.warnings)))
