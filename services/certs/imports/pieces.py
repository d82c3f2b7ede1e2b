"""The way in for many approvals, in turns with those who change single certificates."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial

from services.certs.domain import Approval, ReadRow, RefusedRow, SheetLine
from services.certs.handlers import Desk, Outcome, accept_approvals, broken_rules, withdraw_listed
from services.certs.imports.patience import insist
from services.certs.imports.report import findings_of
from services.kernel.errors import Refusal

# Kept at once: a database that is busy with more answers others late.
PIECE = 25


async def accept_in_pieces(desk: Desk, approvals: Sequence[Approval], *, sender: str) -> list[Outcome]:
    """Piece by piece; whoever changes a single certificate goes first."""
    outcomes: list[Outcome] = []
    for start in range(0, len(approvals), PIECE):
        await desk.turns.last()
        accept = partial(accept_approvals, desk, approvals[start : start + PIECE], sender=sender)
        outcomes += await insist(accept)
    return outcomes


async def act_on_rows(desk: Desk, rows: Sequence[ReadRow], *, sender: str) -> list[Outcome]:
    """Give an outcome for each row, in order. What is withdrawn may be of these very rows."""
    approvals = [one.approval for one in rows if not one.withdrawn]
    accepted = iter(await accept_in_pieces(desk, approvals, sender=sender))
    ended = {one.line: await _withdraw(desk, one, sender=sender) for one in rows if one.withdrawn}
    return [ended[one.line] if one.withdrawn else next(accepted) for one in rows]


async def with_rules(desk: Desk, batch: list[SheetLine], *, sender: str) -> list[SheetLine]:
    """Each row that the reader refuses with the rules besides that it breaks, as far as it could be read."""
    if not any(isinstance(one, RefusedRow) and one.approval for one in batch):
        return batch
    broken = await insist(partial(broken_rules, desk, sender=sender))
    return [_with_rules(one, broken) if isinstance(one, RefusedRow) else one for one in batch]


def _with_rules(row: RefusedRow, broken: Callable[[Approval, Collection[str]], list[Refusal]]) -> RefusedRow:
    if row.approval is None:
        return row
    line = row.findings[0].line
    more = [one for refusal in broken(row.approval, row.unread) for one in findings_of(line, refusal)]
    return replace(row, findings=(*row.findings, *more))


async def _withdraw(desk: Desk, row: ReadRow, *, sender: str) -> Outcome:
    await desk.turns.last()
    return await insist(partial(withdraw_listed, desk, row.approval, sender=sender))
