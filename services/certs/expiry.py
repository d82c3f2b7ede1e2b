"""The end of certificates by the calendar: the work of one process at a time (design.md, law 9)."""

import asyncio
import logging
from contextlib import aclosing

from services.certs.handlers import Desk, expire_certificates
from services.certs.ports import Road
from services.kernel.errors import Failure
from services.kernel.store.lease import Lease

log = logging.getLogger("yima.certs")

EVERY_S = 30.0
LEASE_S = 60
_LEASE = "certificates-expiry"


async def expire_for_ever(desk: Desk, lease: Lease, road: Road) -> None:
    """Nobody waits for it: a reader tells by the last day. It tells those who hear."""
    while True:
        try:
            await _expire(desk, lease, road)
        except Failure as error:
            log.warning("the expiry waits", extra={"reason": error.code})
        await asyncio.sleep(EVERY_S)


async def _expire(desk: Desk, lease: Lease, road: Road) -> None:
    if not await lease.hold(_LEASE, seconds=LEASE_S):
        return
    await road.room()
    async with aclosing(expire_certificates(desk)) as pages:
        async for ended in pages:
            if ended:
                log.info("certificates have ended by their day", extra={"certificates": ended})
            await road.room()
            if not await lease.hold(_LEASE, seconds=LEASE_S):
                return
    await lease.release(_LEASE)
