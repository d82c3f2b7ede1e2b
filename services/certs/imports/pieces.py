"""The way in for many approvals, in turns with those who change single certificates."""

from collections.abc import Sequence
from functools import partial

from services.certs.domain import Approval, ReadRow
from services.certs.handlers import Desk, Outcome, accept_approvals, withdraw_listed
from services.certs.imports.patience import insist

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


async def _withdraw(desk: Desk, row: ReadRow, *, sender: str) -> Outcome:
    await desk.turns.last()
    return await insist(partial(withdraw_listed, desk, row.approval, sender=sender))
