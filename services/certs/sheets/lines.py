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
from services.certs.sheets.reading import read
from services.certs.sheets.rows import Row, RowRefused, RowSkipped


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
            )
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
