"""Signing lists again, while the ones before stay served: for whoever holds the lease (design.md, law 9)."""

import asyncio
import logging
from dataclasses import dataclass, field
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
    """`signer`: of the platform's status keys; a list holds certificates of many authorities.

    `made`: when what is served of each list was signed, as far as this process knows.
    """

    lists: Lists
    addresses: Addresses
    signer: Signer
    made: dict[int, datetime] = field(default_factory=dict)

    async def publish(self, *, at: datetime, anew: bool = False) -> int:
        """Sign what changed, and what has lived half its time; how many that were. Harmless when repeated.

        `anew`: trust nothing that was read before.
        """
        if anew:
            self.made.clear()
        numbers = await self.lists.bring_up_to_date(at=at, anew=anew)
        touched = self.lists.touched()
        due = [one for one in numbers if one in touched or not self._is_young(self.made.get(one), at)]
        signed = [await self._publish_one(number, at) for number in due]
        return sum(signed)

    async def _publish_one(self, number: int, at: datetime) -> bool:
        """Packed beside the loop: tens of milliseconds for a list that is full."""
        uri, statuses = self.addresses.status_list(number), self.lists.not_valid(number)
        claims = await asyncio.to_thread(pack, uri, statuses, at=at)
        lst, kept = claims["status_list"]["lst"], await self.lists.kept(number)
        fresh = kept is None or kept.lst != lst or not self._is_young(kept.made_at, at)
        if fresh:
            token, cwt = sign(claims, self.signer), sign_cwt(claims, self.signer.key)
            await self.lists.keep(SignedList(number=number, token=token, cwt=cwt, lst=lst, made_at=at))
        self.made[number] = kept.made_at if kept and not fresh else at
        self.lists.settle(number)
        return fresh

    def _is_young(self, made_at: datetime | None, at: datetime) -> bool:
        return made_at is not None and at - made_at < TTL / 2


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
