"""What the tests of notify play with: a clock, events, an endpoint, and one process on memory engines."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from services.kernel.event import Heard
from services.kernel.keys.vault import Vault
from services.kernel.store.memory import MemoryDocuments
from services.notify.domain import Answer, Delivery, Message, Pace, Subscription, Told
from services.notify.events import AccessRecorded, EntryAdded, EntryChanged
from services.notify.handlers import Deliverer, Inbox, Partners
from services.notify.ports import Sender
from services.notify.store import StoredDeliveries, StoredMessages, StoredNames, StoredSubscriptions
from services.notify.text import words
from services.notify.webhooks import LaneCourier, NetworkGuard, networks

MASTER = bytes(range(32))
PSEUDONYMS = bytes(range(1, 33))
BUREAU = "11420322MB0A00002F"
FOOD = "11100000MB9999900G901"
ALICE, BOB = "J57CGLK2EIP5SGLF5RTEQFEWAJ", "I3XCMQ7YBAU4KDXRWX3FUQIUIB"
PATIENCE_S = 10.0
SCHEDULE = tuple(
    timedelta(seconds=wait) for wait in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)


class HandClock:
    """Stands still until it is moved."""

    def __init__(self, at: datetime | None = None) -> None:
        now = at or datetime.now(UTC)
        self.at = now.replace(microsecond=0)
        self.made = 0

    def now(self) -> datetime:
        return self.at

    def new_id(self) -> str:
        self.made += 1
        return f"{self.made:032x}"

    def seconds(self) -> float:
        return self.at.timestamp()

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


def an_entry(number: int = 1, *, holder_id: str = ALICE, at: datetime | None = None) -> Heard[Told]:
    moment = at or datetime(2026, 3, 6, 8, 15, 30, tzinfo=UTC)
    event = EntryAdded(
        entry_id=f"entry-{number}",
        version=1,
        holder_id=holder_id,
        certificate_type=FOOD,
        certificate_name="食品经营许可证",
        state="valid",
        authority=BUREAU,
        authority_name="郧西县市场监督管理局",
        valid_to=date(2031, 3, 5),
        added_at=moment,
    )
    return Heard(
        id=f"e{number}", type=event.type, source="/space", subject=event.entry_id, time=moment, event=event
    )


def a_change(number: int = 1, *, holder_id: str = ALICE, **changes: Any) -> Heard[Told]:
    moment = datetime(2026, 5, 6, 4, tzinfo=UTC)
    told: dict[str, Any] = {"version": 2, "state": "valid", "change": "renew", "changed_at": moment}
    event = EntryChanged(
        entry_id=f"entry-{number}",
        holder_id=holder_id,
        certificate_type=FOOD,
        certificate_name="食品经营许可证",
        authority=BUREAU,
        authority_name="郧西县市场监督管理局",
        **(told | changes),
    )
    made = f"c{number}-{event.version}"
    return Heard(id=made, type=event.type, source="/space", subject=event.entry_id, time=moment, event=event)


def an_access(number: int = 1, *, holder_id: str = ALICE, **changes: Any) -> Heard[Told]:
    moment = datetime(2026, 3, 9, 2, 30, 9, tzinfo=UTC)
    told: dict[str, Any] = {
        "operator": "op-0017",
        "organisation": BUREAU,
        "counter": "3号窗口",
        "item": f"{BUREAU}3000131127004",
        "purpose": "办理食品经营许可变更",
        "outcome": "pulled",
        "certificate_types": (FOOD,),
        "recorded_at": moment,
    }
    event = AccessRecorded(access_id=f"access-{number}", version=1, holder_id=holder_id, **(told | changes))
    return Heard(
        id=f"a{number}", type=event.type, source="/space", subject=event.access_id, time=moment, event=event
    )


def a_subscription(name: str = "s1", **changes: Any) -> Subscription:
    told: dict[str, Any] = {
        "id": name,
        "organisation": BUREAU,
        "url": "http://127.0.0.1:9/webhook",
        "event_types": (AccessRecorded.type, EntryAdded.type),
        "state": "active",
        "at": datetime(2026, 3, 1, tzinfo=UTC),
        "secret": b"k" * 32,
    }
    return Subscription(**(told | changes))


class ScriptedSender:
    """Answers as it was told, then takes everything; remembers what it was given."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[datetime, Delivery]] = []

    async def send(self, delivery: Delivery, to: Subscription, *, at: datetime) -> Answer:
        self.sent.append((at, delivery))
        await asyncio.sleep(0)
        return self.answers.pop(0) if self.answers else Answer(taken=True, status=204)


class Process:
    """One process of notify over a store that others may share; nothing runs by itself."""

    def __init__(
        self,
        documents: MemoryDocuments,
        clock: HandClock,
        sender: Sender,
        *,
        chance: float = 0.0,
        at_once: int = 16,
    ) -> None:
        self.clock = clock
        vault = Vault(documents, MASTER)
        self.messages = StoredMessages(documents, vault)
        self.subscriptions = StoredSubscriptions(documents, vault, monotonic=clock.seconds)
        self.deliveries = StoredDeliveries(documents)
        self.inbox = Inbox(self.messages, StoredNames(documents), words, clock)
        pace = Pace(waits=SCHEDULE, timeout=timedelta(seconds=15), claim=timedelta(seconds=30))
        self.deliverer = Deliverer(
            self.subscriptions, self.deliveries, sender, clock, pace=pace, chance=lambda: chance
        )
        self.courier = LaneCourier(self.deliverer.attempt, at_once=at_once, per_endpoint=4)
        self.partners = Partners(
            self.subscriptions,
            self.deliveries,
            NetworkGuard(networks("127.0.0.0/8")),
            self.courier,
            clock,
            pseudonym_key=PSEUDONYMS,
            claim=pace.claim,
            new_secret=bytes,
        )

    async def hear(self, *batch: Heard[Told]) -> None:
        await self.inbox.tell_holders(batch)
        await self.partners.tell_partners(batch)

    async def sweep(self) -> int:
        return await self.deliverer.sweep(self.courier)

    async def all_deliveries(self, *subscription_ids: str) -> list[Delivery]:
        end = self.clock.now() + timedelta(days=400)
        return await self.deliveries.newest(subscription_ids or ("s1",), state=None, before=end, limit=10_000)

    async def messages_of(self, *holder_ids: str) -> list[Message]:
        end = self.clock.now() + timedelta(days=400)
        return await self.messages.newest(holder_ids, before=end, limit=10_000)

    async def quiet(self) -> None:
        """Until nothing is in memory and nothing runs."""
        await eventually(lambda: self.courier.at_rest)

    @asynccontextmanager
    async def delivering(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.courier.deliver_forever())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def eventually(look: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        for _ in itertools.takewhile(lambda _: not look(), itertools.count()):
            await asyncio.sleep(0.001)


@asynccontextmanager
async def endpoint(answer: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    """A real HTTP server on this machine; gives its address."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app, host="127.0.0.1") as server:
        yield str(server.make_url("/webhook"))


def times_apart(times: Sequence[datetime]) -> list[timedelta]:
    return [later - earlier for earlier, later in itertools.pairwise(times)]
