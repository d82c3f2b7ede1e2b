"""What notify does: tell holders, tell partners, and go on until each partner has it."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from services.kernel.clock import Clock
from services.kernel.event import Heard
from services.kernel.keys.tokens import Caller
from services.kernel.telemetry import count
from services.notify import domain, ports
from services.notify.domain import Answer, Delivery, DeliveryState, Message, Pace, Subscription, Told

log = logging.getLogger("yima.notify")

SECRET_BYTES = 32  # Standard Webhooks 1.0 asks for 24 to 64
SWEEP_PAGE = 500
CLAIMS_AT_ONCE = 25
# What another machine has just written may bear a time that is still to come here.
CLOCKS_APART = timedelta(minutes=5)


class Inbox:
    """Messages to holders."""

    def __init__(
        self, messages: ports.Messages, names: ports.Names, words: ports.Words, clock: Clock
    ) -> None:
        self._messages, self._names, self._words, self._clock = messages, names, words, clock

    async def tell_holders(self, batch: Sequence[Heard[Told]]) -> None:
        """Put one message for each event into the inbox of its holder."""
        await self._names.learn(domain.names(heard.event for heard in batch))
        await self._messages.keep([domain.message(heard) for heard in batch])

    async def read(
        self, caller: Caller, *, before: datetime | None, limit: int
    ) -> list[tuple[Message, str, str]]:
        """Give the caller's own messages, newest first, each with its text in Chinese and in English."""
        end = before or self._clock.now() + CLOCKS_APART
        found = await self._messages.newest(caller.holder_ids, before=end, limit=limit)
        names = await self._names.of(domain.codes(found))
        return [(one, *self._words(one, names)) for one in found]


class Partners:
    """What partners ask for, and what is put on its way to them."""

    def __init__(
        self,
        subscriptions: ports.Subscriptions,
        deliveries: ports.Deliveries,
        addresses: ports.Addresses,
        courier: ports.Courier,
        clock: Clock,
        *,
        pseudonym_key: bytes,
        claim: timedelta,
        new_secret: Callable[[int], bytes],
    ) -> None:
        self._subscriptions, self._deliveries, self._addresses = subscriptions, deliveries, addresses
        self._courier, self._clock = courier, clock
        self._key, self._claim, self._new_secret = pseudonym_key, claim, new_secret

    async def subscribe(
        self, caller: Caller, made_id: str, *, url: str, types: Sequence[str]
    ) -> Subscription:
        """Make it, or give what the same request made before, with the same secret."""
        asked = Subscription(
            id=made_id,
            organisation=_organisation(caller),
            url=url,
            event_types=domain.event_types(types),
            state="active",
            at=self._clock.now(),
            secret=self._new_secret(SECRET_BYTES),
        )
        if made := await self._subscriptions.get(made_id):
            return made.stands_for(asked)
        await self._addresses.check(url)
        domain.check_room(await self._subscriptions.of(asked.organisation))
        return await self._subscriptions.add(asked)

    async def subscriptions(self, caller: Caller) -> list[Subscription]:
        """Give the caller's organisation its own."""
        return await self._subscriptions.of(_organisation(caller))

    async def deliveries(
        self,
        caller: Caller,
        *,
        subscription_id: str | None,
        state: DeliveryState | None,
        before: datetime | None,
        limit: int,
    ) -> list[Delivery]:
        """Give the caller's organisation what became of its own; another's looks like none."""
        own = [one.id for one in await self.subscriptions(caller)]
        if subscription_id is not None and subscription_id not in own:
            raise domain.SubscriptionUnknown(f"no such subscription of {caller.organisation}")
        asked = own if subscription_id is None else [subscription_id]
        end = before or self._clock.now() + CLOCKS_APART
        return await self._deliveries.newest(asked, state=state, before=end, limit=limit)

    async def tell_partners(self, batch: Sequence[Heard[Told]]) -> None:
        """Keep a delivery for each event and each subscription to its type, then send them off."""
        made = [
            delivery
            for subscription in await self._subscriptions.active()
            for delivery in self._made_for(subscription, batch)
        ]
        known = await self._deliveries.keep(made)
        now = self._clock.now()
        for delivery in made:
            if delivery.id not in known and delivery.next_at > now:
                self._courier.offer(delivery)

    def _made_for(self, subscription: Subscription, batch: Sequence[Heard[Told]]) -> list[Delivery]:
        """Claim, in the same write, what there is room for in memory; the rest is due for a sweep."""
        now, key = self._clock.now(), domain.partner_key(self._key, subscription.organisation)
        room = self._courier.room(subscription.id)
        wanted = [heard for heard in batch if heard.type in subscription.event_types]
        return [
            Delivery(
                id=f"{heard.id}:{subscription.id}",
                subscription_id=subscription.id,
                event_id=heard.id,
                type=heard.type,
                body=domain.letter(heard, key),
                at=now,
                next_at=now + self._claim if place < room else now,
            )
            for place, heard in enumerate(wanted)
        ]


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


def _organisation(caller: Caller) -> str:
    if not caller.organisation:
        raise domain.OrganisationMissing(f"the client {caller.client_id} belongs to no organisation")
    return caller.organisation
