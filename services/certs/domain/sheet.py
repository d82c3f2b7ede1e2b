"""A file of approvals as the import sees it: its lines, and the account that is kept of them."""

from dataclasses import dataclass, replace

from services.certs.domain.approval import Approval
from services.kernel.errors import Invalid, NotFound, TooLarge, Unavailable


class ImportUnknown(NotFound):
    """Not there, or of another organisation."""

    code = "import_unknown"


class ImportsBusy(Unavailable):
    """As many files as we take at once are being worked through."""

    code = "imports_busy"
    retry_after = 10


class FileTooLarge(TooLarge):
    """More than is taken over HTTP."""

    code = "sheet_too_large"


class RowWithdrawn(Invalid):
    """A row that says 撤销, of a certificate that does not stand by just this decision."""

    code = "row_withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRow:
    """A row that reads as an approval; a `withdrawn` one says that it was, and is no more."""

    line: int
    approval: Approval
    withdrawn: bool
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A line of the report: one fault of a row refused, or (`warning`) a row to look at that went through."""

    line: int
    column: str
    code: str
    detail: str
    warning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """A row that the reader refuses: a finding for each of its wrong cells.

    `approval`: what could be read of it, but for what stands at the paths `unread`; None: nothing.
    """

    findings: tuple[Finding, ...]
    approval: Approval | None = None
    unread: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleRows:
    """Explanations, repeated headings, test rows and blanks."""

    rows: int = 1


SheetLine = ReadRow | RefusedRow | IdleRows


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Skipped lines are no rows; `pending`: they wait for their authority, because of the holder's name.

    Of a full list: `already` stands as the row says, `new` and `changed` are not acted on (yet), and
    `vanished` are certificates that no row names.
    """

    issued: int = 0
    already: int = 0
    refused: int = 0
    skipped: int = 0
    withdrawn: int = 0
    pending: int = 0
    new: int = 0
    changed: int = 0
    vanished: int = 0

    @property
    def rows(self) -> int:
        """Rows that were meant as approvals."""
        return sum(
            (self.issued, self.withdrawn, self.already, self.refused, self.pending, self.new, self.changed)
        )

    def add(self, **more: int) -> "Tally":
        """With these more, by the names of the fields."""
        return replace(self, **{name: getattr(self, name) + number for name, number in more.items()})
