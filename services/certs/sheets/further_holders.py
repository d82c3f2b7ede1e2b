"""All others whose certificate a row is of, each from columns of its own."""

from datetime import date

from services.certs.domain import JointHolder
from services.certs.sheets.cells import code, is_placeholder, words
from services.certs.sheets.holder import id_type_of
from services.certs.sheets.joint import JointColumns, Part
from services.certs.sheets.record import Record
from services.certs.sheets.rows import RowWrong
from services.kernel.errors import Refusal
from services.kernel.holders import check_number, mask_number

_PERSONS = "111"


def read_joint_holders(record: Record, *, today: date) -> tuple[JointHolder, ...]:
    """One of whom neither name nor number is given is none; faults are kept by the record.

    Whoever has a fault is left out, so that no rule refuses again, and in another column, what is half read.
    """
    found = [_joint_holder(record, one, today) for one in record.heading.joint]
    return tuple(one for one in found if one)


def _joint_holder(record: Record, columns: JointColumns, today: date) -> JointHolder | None:
    name, written = (words(_cell(record, columns, part)) for part in ("name", "id_number"))
    if not (name or written):
        return None
    if name is None:
        detail = "got an empty cell beside a number; needed the name of who has it"
        record.note(RowWrong("row_field_missing", column=columns.name("name"), detail=detail).fault)
    number = record.gather(lambda: _number(record, columns))
    id_type = record.gather(lambda: _id_type(record, columns, number or ""))
    if not (number and id_type):
        return None
    checked = record.gather(lambda: _checked(columns, id_type, number, today))
    return JointHolder(id_type=id_type, id_number=checked, name=name) if checked and name else None


def _number(record: Record, columns: JointColumns) -> str:
    column = columns.name("id_number")
    try:
        number, _ = code(_cell(record, columns, "id_number"))
    except RowWrong as wrong:
        raise RowWrong(wrong.fault.code, column=column, detail=wrong.fault.detail) from wrong
    if number is None or is_placeholder(number):
        got = "the stand-in for a missing code" if number else "an empty cell"
        reason = "holder_code_placeholder" if number else "holder_code_missing"
        detail = f"got {got}; needed the number of an identity document"
        raise RowWrong(reason, column=column, detail=detail)
    return number


def _id_type(record: Record, columns: JointColumns, number: str) -> str:
    written = words(_cell(record, columns, "id_type"))
    if written and "信用代码" in written:
        return "001"
    return id_type_of(written, number, column=columns.name("id_type")) if written else _PERSONS


def _checked(columns: JointColumns, id_type: str, number: str, today: date) -> str:
    try:
        return check_number(id_type, number, today=today)
    except Refusal as error:
        detail = f"got {mask_number(number)}; {error.detail}"
        raise RowWrong(error.code, column=columns.name("id_number"), detail=detail) from error


def _cell(record: Record, columns: JointColumns, part: Part) -> str:
    place = columns.columns.get(part)
    return record.cells[place] if place is not None and place < len(record.cells) else ""
