"""Going on until each partner has it."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from services.kernel.clock import Clock
from services.kernel.telemetry import count
from services.notify import domain, ports
from services.notify.domain import Answer, Delivery, Pace

log = logging.getLogger("yima.notify")

SWEEP_PAGE = 500
CLAIMS_AT_ONCE = 25


class Deliverer:
    """One attempt at a time, at least once each, until taken or given up."""

    def __init__(
        self,
        subscriptions: ports.Subscriptions,
        deliveries: ports.Deliveries,
        sender: ports.Sender,
        clock: Clock,
        *,
        pace: Pace,
        chance: Callable[[], float],
    ) -> None:
        self._subscriptions, self._deliveries, self._sender = subscriptions, deliveries, sender
        self._clock, self._pace, self._chance = clock, pace, chance

    async def attempt(self, delivery: Delivery) -> bool:
        """Send it and keep what came of it; whether its endpoint is well."""
        claimed = await self._claimed(delivery)
        if claimed is None:
            return True
        answer = await self._send(claimed)
        changed = claimed.after(answer, at=self._clock.now(), pace=self._pace, chance=self._chance())
        if await self._deliveries.save(changed) is None:
            log.warning("sent by two processes", extra={"delivery_id": delivery.id})
        count(f"deliveries_{changed.state}")
        return answer.taken

    async def sweep(self, courier: ports.Courier) -> int:
        """Take up what is due: retries, and what a crash or a full memory left; give how many."""
        idle = [one for one in await self._subscriptions.ids() if courier.idle(one)]
        due = await self._deliveries.due(idle, at=self._clock.now(), limit=SWEEP_PAGE) if idle else []
        for start in range(0, len(due), CLAIMS_AT_ONCE):
            page = due[start : start + CLAIMS_AT_ONCE]
            roomy = [one for one in page if courier.room(one.subscription_id) >= CLAIMS_AT_ONCE]
            for claimed in await asyncio.gather(*map(self._claimed, roomy)):
                if claimed:
                    courier.offer(claimed)
        return len(due)

    async def _claimed(self, delivery: Delivery) -> Delivery | None:
        """Give it with time enough to send it, or None when it is another's by now."""
        now = self._clock.now()
        if delivery.next_at - now >= self._pace.timeout:
            return delivery
        return await self._deliveries.save(replace(delivery, next_at=now + self._pace.claim))

    async def _send(self, delivery: Delivery) -> Answer:
        subscription = await self._subscriptions.at_hand(delivery.subscription_id)
        if subscription is None or subscription.state == "disabled":
            return Answer(gone=True, error=domain.SUBSCRIPTION_DISABLED)
        answer = await self._sender.send(delivery, subscription, at=self._clock.now())
        if answer.gone:
            await self._subscriptions.disable(subscription.id)
            log.warning("the endpoint is gone for good", extra={"subscription_id": subscription.id})
        return answer
