"""Waits for a condition of the world outside, which has no event that we could await."""

import asyncio
import time
from collections.abc import Awaitable, Callable

_BETWEEN_LOOKS = 0.05


async def until(condition: Callable[[], Awaitable[bool]], *, within: float) -> bool:
    """True as soon as the condition holds; False when it did not within so many seconds."""
    deadline = time.monotonic() + within
    while not await condition():
        if time.monotonic() >= deadline:
            return False
        await asyncio.sleep(_BETWEEN_LOOKS)
    return True


async def accepts(host: str, port: int) -> bool:
    """Whether something listens there."""
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True
