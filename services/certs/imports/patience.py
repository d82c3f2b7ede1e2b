"""An import waits out what passes."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from services.kernel.errors import Unavailable

log = logging.getLogger("yima.imports")

PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0

T = TypeVar("T")


async def insist(call: Callable[[], Awaitable[T]]) -> T:
    """Give what it gives at last: nothing is lost by waiting, and nothing is done twice by trying again."""
    pause = PAUSE_S
    while True:
        try:
            return await call()
        except Unavailable as failure:
            log.warning("an import waits", extra={"reason": failure.code})
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)
