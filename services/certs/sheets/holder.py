"""Whose approval it is: by category and code, never by the length of the name."""

import re
from dataclasses import dataclass
from datetime import date

from services.certs.domain import shown
from services.certs.sheets.cells import code, is_placeholder
from services.certs.sheets.headings import Field
from services.certs.sheets.record import Record
from services.certs.sheets.rows import Kind, Representative, RowWrong
from services.kernel.check_digits import mod_11_2
from services.kernel.errors import Refusal
from services.kernel.holders import check_number, mask_number

_ID_TYPES = (  # the list of the form, as the words that tell its entries apart
    ("居住证", None),  # of Hong Kong and Macao, or of Taiwan: by the region in the number
    ("永久居留", "553"),
    ("港澳", "516"),
    ("台湾", "511"),
    ("身份证", "111"),
    ("护照", "414"),
    ("军官", "114"),
    ("其他", "999"),
)
_RESIDENCE_PERMITS = {"81": "551", "82": "551", "83": "552"}
_CITIZEN = re.compile(r"[1-9]\d{5}(18|19|20)\d{2}(0[1-9]|1[0-2])([0-2]\d|3[01])\d{3}[\dX]")
_PERSON_FIELDS = (Field.ID_NUMBER, Field.CITIZEN_NUMBER, Field.USCC)


@dataclass(frozen=True, slots=True)
class Holder:
    """A person or an organisation whose number was checked."""

    kind: Kind
    id_type: str
    number: str
    warnings: tuple[str, ...]


_UNREAD = Holder("person", "", "", ())


def read_holder(record: Record, *, today: date) -> Holder:
    """Give the holder of a row; a row without a usable number is put aside: it has no archive to go to.

    Its faults are kept by the record.
    """
    if record.is_wrong(Field.HOLDER_CATEGORY):  # the column of the number, and its check, hang on it
        return _UNREAD
    found = record.gather(lambda: _number(record))
    if found is None:
        if _stated(record) == "person" or Field.USCC not in record.heading.columns:
            record.gather(lambda: _id_type(record, "", Field.ID_TYPE))
        return _UNREAD
    field, number, warnings = found
    kind = record.gather(lambda: _kind(record, field, number))
    id_type: str | None = "001"
    if kind == "person":
        id_type = record.gather(lambda: _id_type(record, number, Field.ID_TYPE))
    if not (kind and id_type):
        return _UNREAD
    checked = record.gather(lambda: _checked(record, field, id_type, number, today))
    return Holder(kind, id_type, checked or "", warnings)


def _checked(record: Record, field: Field, id_type: str, number: str, today: date) -> str:
    try:
        return check_number(id_type, number, today=today)
    except Refusal as error:
        detail = f"got {mask_number(number)}; {error.detail}"
        raise RowWrong(error.code, column=record.heading.name(field), detail=detail) from error


def read_representative(record: Record, *, today: date) -> Representative | None:
    """The form does not require it: a number that cannot be right is flagged and left out."""
    try:
        number, _ = record.read(Field.LEGAL_REPRESENTATIVE_ID, code)
        if number is None:
            return None
        id_type = _id_type(record, number, Field.LEGAL_REPRESENTATIVE_ID_TYPE)
        return Representative(id_type, check_number(id_type, number, today=today))
    except (RowWrong, Refusal):
        record.warnings.append("representative_number_invalid")
        return None


def _number(record: Record) -> tuple[Field, str, tuple[str, ...]]:
    """Take the number from the column of the kind that the row states, else from any that is filled."""
    stated = _stated(record)
    fields = (Field.USCC,) if stated == "organisation" else _PERSON_FIELDS
    if stated is None:  # a sole trader of the form of 2015 has a code and the owner's number beside it
        fields = (Field.USCC, Field.ID_NUMBER, Field.CITIZEN_NUMBER)
    for field in fields:
        number, warnings = record.read(field, code)
        if number and is_placeholder(number):
            raise _wrong(record, field, "holder_code_placeholder", "got the stand-in for a missing code")
        if number:
            return field, number, warnings
    needed = Field.ID_NUMBER if stated == "person" or Field.USCC not in record.heading.columns else Field.USCC
    raise _wrong(record, needed, "holder_code_missing", "got an empty cell")


def _stated(record: Record) -> Kind | None:
    category = record.words(Field.HOLDER_CATEGORY) or ""
    if "自然人" in category:
        return "person"
    return "organisation" if re.search("法人|组织|个体|企业|单位", category) else None


def _kind(record: Record, field: Field, number: str) -> Kind:
    """Trust the category, unless the code belongs to the other kind; without a category the code decides."""
    looks_like_person = bool(_CITIZEN.fullmatch(number)) and mod_11_2(number[:17]) == number[17]
    stated = _stated(record)
    if stated == "organisation" and looks_like_person:
        raise _wrong(
            record,
            field,
            "holder_kind_undecided",
            "got a citizen's number beside the category of an organisation",
        )
    return stated or ("person" if looks_like_person or field is not Field.USCC else "organisation")


def _id_type(record: Record, number: str, field: Field) -> str:
    written = record.words(field)
    return id_type_of(written, number, column=record.heading.name(field)) if written else "111"


def id_type_of(written: str, number: str, *, column: str) -> str:
    """Give the code of the words."""
    for word, id_type in _ID_TYPES:
        if word in written:
            return id_type or _RESIDENCE_PERMITS.get(number[:2], "551")
    detail = f"got {shown(written)}; needed one of the form's list, such as 身份证"
    raise RowWrong("id_type_unknown", column=column, detail=detail)


def _wrong(record: Record, field: Field, reason: str, got: str) -> RowWrong:
    needed = "a unified social credit code" if field is Field.USCC else "the number of an identity document"
    return RowWrong(reason, column=record.heading.name(field), detail=f"{got}; needed {needed}")
