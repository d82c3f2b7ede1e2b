"""Signing lists again, while the ones before stay served: for whoever holds the lease (design.md, law 9)."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime

from services.certs.ports import Lists, SignedList
from services.certs.proof.addresses import Addresses
from services.certs.proof.cwt import sign_cwt
from services.certs.proof.status import TTL, pack, sign
from services.kernel.clock import Clock
from services.kernel.errors import Unavailable
from services.kernel.keys.rings import Signer
from services.kernel.store.lease import Lease

log = logging.getLogger("yima.certs")

# What changed stands in the list that is served this much later; verifiers ask again after TTL.
EVERY_S = 2.0
LEASE_S = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """`signer`: of the platform's status keys; a list holds certificates of many authorities."""

    lists: Lists
    addresses: Addresses
    signer: Signer

    async def publish(self, *, at: datetime, anew: bool = False) -> int:
        """Sign what changed, and what has lived half its time; how many that were. Harmless when repeated.

        `anew`: trust nothing that was read before.
        """
        numbers = await self.lists.bring_up_to_date(at=at, anew=anew)
        signed = [await self._publish_one(number, at) for number in numbers]
        return sum(signed)

    async def _publish_one(self, number: int, at: datetime) -> bool:
        claims = pack(self.addresses.status_list(number), self.lists.not_valid(number), at=at)
        lst, kept = claims["status_list"]["lst"], await self.lists.kept(number)
        if kept is not None and kept.lst == lst and at - kept.made_at < TTL / 2:
            return False
        token, cwt = sign(claims, self.signer), sign_cwt(claims, self.signer.key)
        await self.lists.keep(SignedList(number=number, token=token, cwt=cwt, lst=lst, made_at=at))
        return True


async def publish_for_ever(publisher: Publisher, lease: Lease, clock: Clock) -> None:
    """Nobody waits for it: whoever is online asks for the certificate, not for a list."""
    mine = False
    while True:
        try:
            before, mine = mine, await lease.hold("status-lists", seconds=LEASE_S)
            if mine:
                # Another process may have missed nothing, but this one has not watched meanwhile.
                await publisher.publish(at=clock.now(), anew=not before)
        except Unavailable as error:
            log.warning("the status lists wait", extra={"reason": error.code})
        await asyncio.sleep(EVERY_S)
