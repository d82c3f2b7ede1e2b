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
    """A line of the report: a row refused, or (`warning`) one that went through and should be looked at."""

    line: int
    column: str
    code: str
    detail: str
    warning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleRows:
    """Explanations, repeated headings, test rows and blanks."""

    rows: int = 1


SheetLine = ReadRow | Finding | IdleRows


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """`rows` = issued + withdrawn + already + refused; skipped lines are no rows."""

    issued: int = 0
    already: int = 0
    refused: int = 0
    skipped: int = 0
    withdrawn: int = 0

    @property
    def rows(self) -> int:
        """Rows that were meant as approvals."""
        return self.issued + self.withdrawn + self.already + self.refused

    def add(
        self, *, issued: int = 0, already: int = 0, refused: int = 0, skipped: int = 0, withdrawn: int = 0
    ) -> "Tally":
        """With these more."""
        return replace(
            self,
            issued=self.issued + issued,
            already=self.already + already,
            refused=self.refused + refused,
            skipped=self.skipped + skipped,
            withdrawn=self.withdrawn + withdrawn,
        )
