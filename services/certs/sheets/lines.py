"""Rows of the table in the words of approvals."""

from collections.abc import Iterator
from datetime import date
from typing import BinaryIO

from services.certs.domain import (
    Approval,
    Finding,
    Holder,
    IdleRows,
    ReadRow,
    RefusedRow,
    Representative,
    SheetLine,
)
from services.certs.sheets.headings import Field
from services.certs.sheets.reading import read
from services.certs.sheets.rows import Row, RowRefused, RowSkipped

_DATES = ("decided_on", "valid_from", "valid_to")
# Where in an approval stands what a column says, and what hangs on it.
_PATHS: dict[str, tuple[str, ...]] = {
    Field.HOLDER_NAME: ("holder.name",),
    **dict.fromkeys(
        (Field.HOLDER_CATEGORY, Field.USCC, Field.CITIZEN_NUMBER, Field.ID_TYPE, Field.ID_NUMBER), ("holder",)
    ),
    Field.DOCUMENT_NAME: ("document_name",),
    Field.DOCUMENT_NUMBER: ("document_number",),
    Field.CATEGORY: ("category",),
    Field.CERTIFICATE_NAME: ("certificate_name",),
    Field.CERTIFICATE_NUMBER: ("certificate_number",),
    Field.CONTENT: ("content",),
    **dict.fromkeys((Field.DECIDED_ON, Field.VALID_FROM, Field.VALID_TO), _DATES),
    Field.AUTHORITY_CODE: ("authority_code",),
}


def read_lines(file: BinaryIO, filename: str, *, today: date) -> Iterator[SheetLine]:
    """The head is read at once, so that what is wrong with the whole file is raised from here."""
    rows = read(file, filename, today=today)
    return (_line(row) for row in rows)


def _line(row: Row | RowRefused | RowSkipped) -> SheetLine:
    if isinstance(row, RowSkipped):
        return IdleRows(rows=row.rows)
    if isinstance(row, RowRefused):
        return RefusedRow(
            findings=tuple(
                Finding(line=row.line, column=one.column, code=one.code, detail=one.detail)
                for one in row.faults
            ),
            approval=_approval(row.row) if row.row else None,
            unread=frozenset(path for one in row.wrong for path in _PATHS.get(one, ())),
        )
    withdrawn = row.state == "withdrawn"
    return ReadRow(line=row.line, approval=_approval(row), withdrawn=withdrawn, warnings=row.warnings)


def _approval(row: Row) -> Approval:
    return Approval(
        holder=Holder(
            id_type=row.id_type,
            id_number=row.id_number,
            name=row.holder_name,
            legal_representative=row.legal_representative,
        ),
        joint_holders=row.joint_holders,
        representatives=_representatives(row),
        certificate_name=row.certificate_name,
        certificate_number=row.certificate_number,
        renews=row.renews,
        document_name=row.document_name,
        document_number=row.document_number,
        category=row.category,
        content=row.content,
        decided_on=row.decided_on,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        long_term=row.long_term,
        authority_code=row.authority_code,
        authority_name=row.authority_name,
        source_name=row.source_name,
        source_code=row.source_code,
        remark=row.remark,
        raw=row.raw,
    )


def _representatives(row: Row) -> tuple[Representative, ...]:
    one = row.representative
    if one is None:
        return ()
    return (Representative(name=row.legal_representative, id_type=one.id_type, id_number=one.number),)
