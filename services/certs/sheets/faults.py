"""Why a whole file is refused.  A row that is wrong is refused alone and is no fault of the file."""

from services.kernel.errors import Invalid, TooLarge, Unsupported


class XlsUnsupported(Unsupported):
    """The format of Excel 97-2003, or an XLSX locked with a password (both are OLE files)."""

    code = "sheet_xls_unsupported"


class SheetTooLarge(TooLarge):
    """An XLSX is read from memory, so its size is bounded; a CSV is streamed and is not."""

    code = "sheet_too_large"


class SheetEmpty(Invalid):
    """There is nothing in it."""

    code = "sheet_empty"


class ColumnsMissing(Invalid):
    """Headings without which no row could become a certificate."""

    code = "sheet_columns_missing"


class EncodingUnknown(Invalid):
    """Text in neither UTF-8 nor GB18030."""

    code = "sheet_encoding_unknown"


class SheetUnreadable(Invalid):
    """Neither a spreadsheet nor a table in text."""

    code = "sheet_unreadable"
