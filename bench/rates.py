"""How many a second."""

import asyncio
import time
from collections.abc import Awaitable, Callable

_AT_ONCE = 16


async def rate_of(once: Callable[[], Awaitable[object]], *, count: int) -> float:
    """So many requests, sixteen side by side without a pause."""
    left = iter(range(count))

    async def work() -> None:
        for _ in left:
            await once()

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(_AT_ONCE):
            tasks.create_task(work())
    return count / (time.perf_counter() - begun)


def rate_here(once: Callable[[], object], *, count: int) -> float:
    """On this one core."""
    begun = time.perf_counter()
    for _ in range(count):
        once()
    return count / (time.perf_counter() - begun)
