"""Cases whose time to be answered is over: the work of one process at a time (design.md, law 9)."""

import asyncio
import logging

from services.kernel.errors import Refusal, Unavailable
from services.kernel.store.lease import Lease
from services.space.handlers import CaseRoom

log = logging.getLogger("yima.space")

EVERY_S = 60.0
LEASE_S = 120
LEASE = "cases-overdue"


async def tell_for_ever(room: CaseRoom, lease: Lease) -> None:
    """Nobody waits for it: a reader tells by the clock. It tells those who hear."""
    while True:
        try:
            while await lease.hold(LEASE, seconds=LEASE_S):
                told = await room.tell_overdue()
                if not told:
                    await lease.release(LEASE)
                    break
                log.info("cases are overdue", extra={"cases": told})
        except (Refusal, Unavailable) as error:
            log.warning("the deadlines wait", extra={"reason": error.code})
        await asyncio.sleep(EVERY_S)
