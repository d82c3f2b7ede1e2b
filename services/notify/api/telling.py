"""HTTP in: a resident's messages, a partner's subscriptions and deliveries."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, Field

from services.kernel.keys.tokens import Caller
from services.kernel.web.guard import Guard
from services.kernel.web.idempotency import RequestKeys, made_id
from services.notify.domain import Delivery, DeliveryState, Kind, Message, Subscription, SubscriptionState
from services.notify.handlers import Inbox, Partners

SCOPE = "events:subscribe"

Limit = Annotated[int, Query(ge=1, le=200)]
# Those of before this time; none given: the newest. Near its ends the calendar cannot be reckoned with.
Before = Annotated[
    AwareDatetime | None, Query(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(9000, 1, 1, tzinfo=UTC))
]


class MessageShown(BaseModel):
    """`subject` and `version` let a page put several about one thing in order."""

    message_id: str
    at: datetime
    kind: Kind
    text_zh: str
    text_en: str
    subject: str
    version: int


class MessagesShown(BaseModel):
    """Newest first; the next page is asked for with the last `at` as `before`."""

    messages: list[MessageShown]


class SubscriptionAsked(BaseModel):
    """What a partner wants, and where."""

    url: str
    event_types: Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=50)]


class SubscriptionMade(BaseModel):
    """The secret is shown here alone, and again to a repeat with the same Idempotency-Key."""

    subscription_id: str
    secret: str


class SubscriptionShown(BaseModel):
    """A subscription as its partner sees it."""

    subscription_id: str
    url: str
    event_types: list[str]
    state: SubscriptionState
    at: datetime


class SubscriptionsShown(BaseModel):
    """All of the partner's own, newest first."""

    subscriptions: list[SubscriptionShown]


class DeliveryShown(BaseModel):
    """`next_at` is there while it waits; `event_id` is the header webhook-id."""

    delivery_id: str
    subscription_id: str
    event_id: str
    type: str
    state: DeliveryState
    attempts: int
    last_status: int | None
    last_error: str | None
    next_at: datetime | None
    at: datetime


class DeliveriesShown(BaseModel):
    """Newest first; the next page is asked for with the last `at` as `before`."""

    deliveries: list[DeliveryShown]


def residents(inbox: Inbox, guard: Guard) -> APIRouter:
    """Routes for holders."""
    router = APIRouter(prefix="/v1", tags=["residents"])
    resident = guard.resident()

    @router.get("/messages")
    async def messages(
        caller: Annotated[Caller, Depends(resident)], before: Before = None, limit: Limit = 50
    ) -> MessagesShown:
        found = await inbox.read(caller, before=before, limit=limit)
        return MessagesShown(messages=[_message_shown(*one) for one in found])

    return router


def partners(
    partners: Partners, guard: Guard, keys: RequestKeys, secret_text: Callable[[bytes], str]
) -> APIRouter:
    """Routes for registered systems with the scope `events:subscribe`."""
    router = APIRouter(prefix="/v1", tags=["partners"])
    machine = guard.machine(SCOPE)
    claim: Callable[..., Awaitable[str]] = made_id(keys, machine)

    @router.post("/subscriptions", status_code=201)
    async def subscribe(
        asked: SubscriptionAsked,
        caller: Annotated[Caller, Depends(machine)],
        subscription_id: Annotated[str, Depends(claim)],
    ) -> SubscriptionMade:
        made = await partners.subscribe(caller, subscription_id, url=asked.url, types=asked.event_types)
        return SubscriptionMade(subscription_id=made.id, secret=secret_text(made.secret))

    @router.get("/subscriptions")
    async def subscriptions(caller: Annotated[Caller, Depends(machine)]) -> SubscriptionsShown:
        found = await partners.subscriptions(caller)
        return SubscriptionsShown(subscriptions=[_subscription_shown(one) for one in found])

    @router.get("/deliveries")
    async def deliveries(
        caller: Annotated[Caller, Depends(machine)],
        subscription_id: str | None = None,
        state: DeliveryState | None = None,
        before: Before = None,
        limit: Limit = 50,
    ) -> DeliveriesShown:
        found = await partners.deliveries(
            caller, subscription_id=subscription_id, state=state, before=before, limit=limit
        )
        return DeliveriesShown(deliveries=[_delivery_shown(one) for one in found])

    return router


def _message_shown(message: Message, text_zh: str, text_en: str) -> MessageShown:
    return MessageShown(
        message_id=message.id,
        at=message.at,
        kind=message.kind,
        text_zh=text_zh,
        text_en=text_en,
        subject=message.subject,
        version=message.version,
    )


def _subscription_shown(one: Subscription) -> SubscriptionShown:
    return SubscriptionShown(
        subscription_id=one.id, url=one.url, event_types=list(one.event_types), state=one.state, at=one.at
    )


def _delivery_shown(one: Delivery) -> DeliveryShown:
    return DeliveryShown(
        delivery_id=one.id,
        subscription_id=one.subscription_id,
        event_id=one.event_id,
        type=one.type,
        state=one.state,
        attempts=one.attempts,
        last_status=one.last_status,
        last_error=one.last_error,
        next_at=one.next_at if one.state == "waiting" else None,
        at=one.at,
    )
