"""What a reader gets from a sheet, line by line: a good row, a refused one, or one left out on purpose."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.certs.domain import JointHolder

LONGEST = 65_536  # characters of one line, and of one record with line breaks inside quotes
State = Literal["valid", "withdrawn"]
Kind = Literal["person", "organisation"]


@dataclass(frozen=True, slots=True)
class Representative:
    """The document of the legal representative, whose number was checked."""

    id_type: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One approval, normalised, with every cell kept beside it as it was written.

    `valid_to` is None with `long_term` for 长期; None without it where the old form gives no end at all.
    `authority_code` is "" only in the form of 2015, which has the name of the authority and no code.
    `warnings` are codes for a person to look at; the row goes through.
    """

    line: int
    holder_name: str
    holder_kind: Kind
    id_type: str
    id_number: str
    legal_representative: str | None
    representative: Representative | None
    document_name: str
    document_number: str
    category: str
    certificate_name: str | None
    certificate_number: str | None
    renews: str | None
    content: str
    decided_on: date | None
    valid_from: date | None
    valid_to: date | None
    long_term: bool
    authority_name: str | None
    authority_code: str
    state: State
    source_name: str | None
    source_code: str | None
    remark: str | None
    raw: Mapping[str, str]
    joint_holders: tuple[JointHolder, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RowFault:
    """One wrong cell: `column` is the heading as the file writes it, "" where the whole line is meant.

    `detail` says what was got and what was needed; numbers of persons and organisations are masked in it.
    """

    column: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRefused:
    """Every wrong cell of a row, at least one; `row`: what its cells say, but for the `wrong` fields."""

    line: int
    faults: tuple[RowFault, ...]
    row: Row | None = None
    wrong: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSkipped:
    """No approval: an explanation, a repeated heading, a test row, or `rows` blank ones in a stretch."""

    line: int
    why: Literal["explanation", "heading", "test", "blank"]
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Line:
    """Cells as text and where they stand: the line of a CSV in an editor, or the row of a spreadsheet.

    `fault` is the reason code of a line that could not be cut into cells.  `padded` lines come from a
    grid, where a short row is one whose last cells are empty, not one that lost a column.
    """

    number: int
    cells: tuple[str, ...]
    fault: str | None = None
    padded: bool = False


# Every code a row is refused with; check digits and document types keep the kernel's codes.
ROW_CODES = frozenset({
    "row_columns_missing", "row_columns_extra", "row_quote_unclosed", "row_too_long", "row_encoding_broken",
    "row_control_character", "row_field_missing", "row_state_undecided", "row_state_disputed",
    "holder_code_missing", "holder_code_placeholder", "code_ambiguous", "holder_kind_undecided",
    "id_number_invalid", "id_type_unknown", "authority_code_missing", "authority_code_invalid",
    "cell_precision_lost", "date_unreadable", "dates_out_of_order",
})  # fmt: skip
# Every code a row is flagged with.
ROW_WARNINGS = frozenset({
    "code_remark_dropped", "date_two_digit_year", "date_month_only", "field_missing",
    "field_longer_than_form", "decided_in_future", "decided_long_ago", "ends_before_decision",
    "end_missing", "authority_code_absent", "source_code_invalid", "representative_number_invalid",
})  # fmt: skip


class RowWrong(Exception):
    """Ends the reading of one cell; its `Record` keeps the fault and goes on with the others."""

    def __init__(self, code: str, *, column: str = "", detail: str) -> None:
        # A detail goes into a report that travels by mail: no number stands in it unmasked.
        super().__init__(detail)
        self.fault = RowFault(column, code, detail)
