"""The way in for many approvals, in turns with those who change single certificates."""

from collections.abc import Sequence
from functools import partial

from services.certs.domain import Approval
from services.certs.handlers import Desk, Outcome, accept_approvals
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
