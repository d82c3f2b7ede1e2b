"""The account of a batch, and the report that goes back to whoever sent the file."""

import csv
from collections.abc import Sequence
from io import StringIO

from services.certs.domain import Finding, IdleRows, ReadRow, RefusedRow, SheetLine, Tally
from services.certs.handlers import Outcome, Waiting
from services.kernel.errors import Faulty, Refusal
from services.kernel.reasons import reasons

HEADINGS = ("line", "column", "code", "reason", "next_step", "detail")
# Spreadsheet programs on Windows take a CSV for UTF-8 only with a mark.
_MARK = "\ufeff"
# Where in the form the cause of a refusal stands, for the rules that are not the reader's.
_COLUMNS = {
    "certificate_name_unknown": "许可证书名称",
    "certificate_type_unknown": "许可证书名称",
    "holder_kind_wrong": "行政相对人类别",
    "id_number_invalid": "行政相对人代码_1(统一社会信用代码)",
    "holder_code_placeholder": "行政相对人代码_1(统一社会信用代码)",
    "dates_out_of_order": "有效期至",
    "long_term_with_end": "有效期至",
    "authority_code_missing": "许可机关统一社会信用代码",
    "authority_code_invalid": "许可机关统一社会信用代码",
    "issuer_not_entitled": "许可机关统一社会信用代码",
    "holder_name_differs": "行政相对人名称",
    "row_withdrawn": "当前状态",
    "renewed_unknown": "原许可编号",
    "renewed_ambiguous": "许可编号",
    "renewed_not_standing": "许可编号",
    "renewal_mismatch": "原许可编号",
    "renewal_outdated": "许可决定日期",
}
_SEVERAL = 2
_MOST_TOLD = 20
_WITHDRAWN = "got a withdrawn row; a comparison ends nothing: import it, and the certificate is withdrawn"


def account(
    tally: Tally, batch: Sequence[SheetLine], outcomes: Sequence[Outcome]
) -> tuple[Tally, list[Finding]]:
    """Add a batch to the tally; give its findings. `outcomes`: of the rows, in order."""
    findings: list[Finding] = []
    coming = iter(outcomes)
    for one in batch:
        if isinstance(one, IdleRows):
            tally = tally.add(skipped=one.rows)
        elif isinstance(one, RefusedRow):
            tally = tally.add(refused=1)
            findings.extend(one.findings)
        else:
            tally = _count(tally, one, next(coming), findings)
    return tally, findings


def withdrawn(line: int) -> Finding:
    """A row whose state is one that ended it."""
    return _finding(line, "row_withdrawn", _WITHDRAWN)


def findings_of(line: int, refusal: Refusal) -> list[Finding]:
    """One for each rule that is broken."""
    return [_finding(line, code, detail) for code, detail in _refused(refusal)]


def csv_head() -> str:
    """The mark and the headings."""
    return _MARK + _csv([HEADINGS])


def csv_lines(page: Sequence[Finding], *, warnings: bool) -> str:
    """A page; rows that only carry a warning went through, and stand in it when asked for."""
    return _csv([_cells(one) for one in page if warnings or not one.warning])


def _count(tally: Tally, row: ReadRow, outcome: Outcome, findings: list[Finding]) -> Tally:
    if isinstance(outcome, Waiting):
        findings += findings_of(row.line, outcome.refusal)
        return tally.add(pending=1)
    if isinstance(outcome, Refusal):
        findings += findings_of(row.line, outcome)
        return tally.add(refused=1)
    findings.extend(
        Finding(line=row.line, column="", code=code, detail="", warning=True) for code in row.warnings
    )
    made = {"withdrawn" if row.withdrawn else "issued": 1} if outcome.new else {"already": 1}
    return tally.add(**made)


def _refused(refusal: Refusal) -> list[tuple[str, str]]:
    """A line of the report for each rule that is broken."""
    told: dict[str, list[str]] = {}
    for one in refusal.faults if isinstance(refusal, Faulty) else ():
        told.setdefault(one.code or refusal.code, []).append(
            f"{one.path}: got {one.got}, needed {one.needed}"
        )
    if len(told) < _SEVERAL:
        return [(refusal.code, refusal.detail)]
    return [(code, "; ".join(lines[:_MOST_TOLD])) for code, lines in told.items()]


def _finding(line: int, code: str, detail: str) -> Finding:
    return Finding(line=line, column=_COLUMNS.get(code, ""), code=code, detail=detail)


def _cells(one: Finding) -> tuple[str, ...]:
    reason = reasons().get(one.code)
    words = (reason.zh, reason.next_zh) if reason else ("", "")
    return (str(one.line), _inert(one.column), one.code, *words, _inert(one.detail))


def _inert(text: str) -> str:
    """A cell that a spreadsheet would take for a formula is made text: headings come from the file."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _csv(rows: Sequence[Sequence[str]]) -> str:
    text = StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()
