"""Waiting out what passes, for work that nobody can be asked to send again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from typing import TypeVar

from services.kernel.errors import Unavailable

log = logging.getLogger("yima.imports")

PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0

T = TypeVar("T")


async def insist(call: Callable[[], Awaitable[T]]) -> T:
    """Wait out what passes: nothing is lost by waiting, and nothing is done twice by trying again."""
    pause = PAUSE_S
    while True:
        try:
            return await call()
        except Unavailable as failure:
            log.warning("an import waits", extra={"reason": failure.code})
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)


async def next_batch(lines: Iterator[T], most: int) -> list[T]:
    """In a thread: reading is work, and the file may be large."""
    return await asyncio.to_thread(lambda: list(islice(lines, most)))
