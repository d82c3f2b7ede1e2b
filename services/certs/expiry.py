"""The end of certificates by the calendar: the work of one process at a time (design.md, law 9)."""

import asyncio
import logging

from services.certs.handlers import Desk, expire_certificates
from services.certs.ports import Road
from services.kernel.errors import Refusal
from services.kernel.store.lease import Lease

log = logging.getLogger("yima.certs")

EVERY_S = 30.0
LEASE_S = 60


async def expire_for_ever(desk: Desk, lease: Lease, road: Road) -> None:
    """Nobody waits for it: a reader tells by the last day. It tells those who hear."""
    while True:
        try:
            while await lease.hold("certificates-expiry", seconds=LEASE_S):
                await road.room()
                ended = await expire_certificates(desk)
                if not ended:
                    await lease.release("certificates-expiry")
                    break
                log.info("certificates have ended by their day", extra={"certificates": ended})
        except Refusal as error:
            log.warning("the expiry waits", extra={"reason": error.code})
        await asyncio.sleep(EVERY_S)
