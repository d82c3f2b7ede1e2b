"""Reads the approvals file that every county publishes: 双公示 行政许可, as it is really filled in."""

from services.certs.sheets.lines import read_lines
from services.certs.sheets.reading import read
from services.certs.sheets.rows import ROW_CODES, ROW_WARNINGS, Row, RowFault, RowRefused, RowSkipped

__all__ = ["ROW_CODES", "ROW_WARNINGS", "Row", "RowFault", "RowRefused", "RowSkipped", "read", "read_lines"]
