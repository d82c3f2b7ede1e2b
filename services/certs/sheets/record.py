"""The cells of one line under the headings of its file."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from services.certs.domain import shown
from services.certs.sheets.cells import words
from services.certs.sheets.headings import Field, Heading
from services.certs.sheets.rows import RowFault, RowWrong

_Read = TypeVar("_Read")
_MOST_FAULTS = 40  # of one row: a CSV has as many columns as somebody likes, the form 26


@dataclass(frozen=True, slots=True)
class Record:
    """Reads a field from its column, or from the next one of the same meaning where that one is empty.

    `faults`: one at most for a column, so that a cell found wrong is not reported for what follows from it.
    """

    heading: Heading
    cells: tuple[str, ...]
    warnings: list[str] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)

    def gather(self, read: Callable[[], _Read]) -> _Read | None:
        """Give what is read, or None where it is wrong: that is kept, and the next cell can be looked at."""
        try:
            return read()
        except RowWrong as wrong:
            self.note(wrong.fault)
            return None

    def note(self, fault: RowFault) -> None:
        """Keep a fault, unless its column has one."""
        if len(self.faults) < _MOST_FAULTS and fault.column not in (one.column for one in self.faults):
            self.faults.append(fault)

    def is_wrong(self, field: Field) -> bool:
        """Whether a fault of its column is known."""
        return any(one.column == self.heading.name(field) for one in self.faults)

    def text(self, field: Field, parse: Callable[[str], str | None] = words) -> str:
        """Give a field that may not be empty, or "" where a fault of it was kept."""
        return self.gather(lambda: self.needed(field, parse)) or ""

    def written(self, field: Field) -> str:
        """Give the cell as it was written, "" where the file has no such column."""
        return next((cell for cell in self._cells(field) if words(cell)), "")

    def words(self, field: Field) -> str | None:
        """Give the words of a field, or None for an empty one."""
        return words(self.written(field))

    def read(self, field: Field, parse: Callable[[str], _Read]) -> _Read:
        """Parse a field; what is wrong with the cell is said with the name of its column."""
        try:
            return parse(self.written(field))
        except RowWrong as wrong:
            fault = wrong.fault
            raise RowWrong(fault.code, column=self.heading.name(field), detail=fault.detail) from wrong

    def needed(self, field: Field, parse: Callable[[str], _Read | None]) -> _Read:
        """Parse a field that may not be empty."""
        value = self.read(field, parse)
        if value is None:
            detail = f"got {shown(self.written(field))}; this column may not be empty"
            raise RowWrong("row_field_missing", column=self.heading.name(field), detail=detail)
        return value

    def raw(self) -> dict[str, str]:
        """Every cell by its heading; a heading that stands twice, or none, gets the number of its column."""
        cells: dict[str, str] = {}
        for number, (name, cell) in enumerate(zip(self.heading.names, self.cells, strict=False), start=1):
            cells[name if name and name not in cells else f"{name}#{number}"] = cell
        return cells

    def _cells(self, field: Field) -> Iterator[str]:
        return (self.cells[i] for i in self.heading.columns.get(field, ()) if i < len(self.cells))
