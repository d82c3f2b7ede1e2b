"""Where somebody else was first: load again, decide again."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from services.kernel.errors import Stale

T = TypeVar("T")

# Of those who race for one document one wins each round.
_ROUNDS = 8


async def decide_again(attempt: Callable[[], Awaitable[T]]) -> T:
    """Give what one whole round of load, decide and keep gives; `Stale` when every round was lost."""
    for _ in range(_ROUNDS - 1):
        try:
            return await attempt()
        except Stale:
            continue
    return await attempt()
