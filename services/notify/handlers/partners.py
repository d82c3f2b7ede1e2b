"""What partners are told, and what they ask for."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from services.kernel.clock import Clock
from services.kernel.event import Heard
from services.kernel.keys.tokens import Caller
from services.notify import domain, ports
from services.notify.domain import CLOCKS_APART, Delivery, DeliveryState, Outdated, Subscription, ToldPartner

SECRET_BYTES = 32  # Standard Webhooks 1.0 asks for 24 to 64


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
            organisation=organisation_of(caller),
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
        return await self._subscriptions.of(organisation_of(caller))

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

    async def tell_partners(self, batch: Sequence[Heard[ToldPartner]]) -> None:
        """Keep a delivery for each event and each subscription to its type, then send them off."""
        told = [one for one in batch if domain.is_for_partners(one.event)]
        made = [
            delivery
            for subscription in await self._subscriptions.active()
            for delivery in self._made_for(subscription, told)
        ]
        await self._send_off(made)

    async def recall(self, told: Sequence[Outdated]) -> None:
        """Keep a delivery of each for its organisation's subscriptions to that, then send them off."""
        now, made = self._clock.now(), []
        for one in await self._subscriptions.active():
            if domain.PULL_OUTDATED not in one.event_types:
                continue
            room = self._courier.room(one.id)
            wanted = [each for each in told if each.organisation == one.organisation]
            made += [
                Delivery(
                    id=f"{each.id}:{one.id}",
                    subscription_id=one.id,
                    event_id=each.id,
                    type=domain.PULL_OUTDATED,
                    body=domain.recall(each),
                    at=now,
                    next_at=now + self._claim if place < room else now,
                )
                for place, each in enumerate(wanted)
            ]
        await self._send_off(made)

    async def _send_off(self, made: Sequence[Delivery]) -> None:
        known = await self._deliveries.keep(made)
        now = self._clock.now()
        for delivery in made:
            if delivery.id not in known and delivery.next_at > now:
                self._courier.offer(delivery)

    def _made_for(self, subscription: Subscription, batch: Sequence[Heard[ToldPartner]]) -> list[Delivery]:
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


def organisation_of(caller: Caller) -> str:
    """Give whose system it is."""
    if not caller.organisation:
        raise domain.OrganisationMissing(f"the client {caller.client_id} belongs to no organisation")
    return caller.organisation
