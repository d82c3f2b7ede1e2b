"""Deliveries from the event to the endpoint: every one arrives, whatever happens in between."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from aiohttp import web

from services.kernel.keys.vault import Vault
from services.kernel.store.documents import Collection, DatabaseUnavailable, Document
from services.kernel.store.memory import MemoryDocuments
from services.notify.domain import Answer, Delivery, Subscription
from services.notify.events import EntryAdded
from services.notify.webhooks import HttpSender, NetworkGuard, networks
from tests.notify.parts import (
    MASTER,
    SCHEDULE,
    HandClock,
    Process,
    ScriptedSender,
    a_subscription,
    an_access,
    an_entry,
    endpoint,
    eventually,
    times_apart,
)

REFUSED = Answer(status=500, error="refused")


async def a_partner(process: Process, *names: str) -> None:
    for name in names or ("s1",):
        await process.subscriptions.add(a_subscription(name))


class TestDeliveries:
    async def test_are_one_for_each_event_and_subscription_to_its_type(
        self, documents: MemoryDocuments, clock: HandClock
    ) -> None:
        sender = ScriptedSender()
        process = Process(documents, clock, sender)
        await a_partner(process, "both")
        await process.subscriptions.add(a_subscription("entries", event_types=(EntryAdded.type,)))
        async with process.delivering():
            for _ in range(2):
                await process.hear(an_entry(), an_access())
                await process.quiet()
        assert sorted(one.id for _, one in sender.sent) == ["a1:both", "e1:both", "e1:entries"]
        assert {one.state for one in await process.all_deliveries("both", "entries")} == {"delivered"}

    async def test_are_none_for_concessions_which_are_between_the_holder_and_the_gate(
        self, documents: MemoryDocuments, clock: HandClock
    ) -> None:
        process = Process(documents, clock, ScriptedSender())
        await a_partner(process, "one")
        used = an_access(1, outcome="used", action="concession")
        refused = an_access(2, outcome="refused", reason="grant_expired", action="concession")
        await process.hear(used, refused, an_access(3, action="pull"))
        assert [one.event_id for one in await process.all_deliveries("one")] == ["a3"]

    async def test_are_kept_in_writes_that_end_in_time(self, clock: HandClock) -> None:
        class Slow(MemoryDocuments):
            """Takes two milliseconds a document, as an engine on a busy machine; 1.5 s is all it has."""

            async def insert_many(
                self, collection: Collection, documents: Sequence[Document]
            ) -> frozenset[str]:
                if len(documents) > 750:
                    raise DatabaseUnavailable("too much for one write")
                return await super().insert_many(collection, documents)

        process = Process(Slow(), clock, ScriptedSender())
        names = [f"s{number}" for number in range(20)]
        await a_partner(process, *names)
        await process.hear(*(an_entry(number) for number in range(100)))
        assert len(await process.all_deliveries(*names)) == 2_000

    async def test_are_kept_for_others_when_one_subscriptions_secret_is_gone(
        self, documents: MemoryDocuments, clock: HandClock
    ) -> None:
        await a_partner(Process(documents, clock, ScriptedSender()), "lost", "well")
        await Vault(documents, MASTER).forget("subscription:lost", "own")
        sender = ScriptedSender()
        process = Process(documents, clock, sender)
        async with process.delivering():
            await process.hear(an_entry())
            await process.quiet()
        assert [one.id for _, one in sender.sent] == ["e1:well"]

    async def test_are_listed_all_also_those_of_one_instant(
        self, documents: MemoryDocuments, clock: HandClock
    ) -> None:
        process = Process(documents, clock, ScriptedSender())
        names = [f"s{number}" for number in range(11)]
        await a_partner(process, *names)
        await process.hear(*(an_entry(number) for number in range(100)))
        found = await process.deliveries.newest(
            names, state=None, before=clock.now() + timedelta(days=1), limit=50
        )
        assert len({one.id for one in found}) == 1_100

    async def test_begin_for_a_subscription_made_in_another_process_a_moment_ago(
        self, documents: MemoryDocuments, clock: HandClock
    ) -> None:
        hearing = Process(documents, clock, ScriptedSender())
        await hearing.hear(an_entry(1))
        await a_partner(Process(documents, clock, ScriptedSender()))
        await hearing.hear(an_entry(2))
        assert [one.event_id for one in await hearing.all_deliveries()] == ["e2"]

    async def test_that_a_crash_left_are_sent_by_the_next_process(
        self, documents: MemoryDocuments, clock: HandClock
    ) -> None:
        crashed = Process(documents, clock, ScriptedSender())
        await a_partner(crashed)
        await crashed.hear(an_entry())
        sender = ScriptedSender()
        after = Process(documents, clock, sender)
        async with after.delivering():
            assert await after.sweep() == 0  # still in the first one's hands, as far as anybody knows
            clock.forward(seconds=31)
            assert await after.sweep() == 1
            await after.quiet()
        assert [one.event_id for _, one in sender.sent] == ["e1"]
        assert [one.state for one in await after.all_deliveries()] == ["delivered"]

    async def test_are_sent_once_by_two_processes_that_sweep_together(
        self, documents: MemoryDocuments, clock: HandClock
    ) -> None:
        crashed = Process(documents, clock, ScriptedSender())
        await a_partner(crashed)
        await crashed.hear(*(an_entry(number) for number in range(20)))
        clock.forward(seconds=31)
        sender = ScriptedSender()
        one, other = Process(documents, clock, sender), Process(documents, clock, sender)
        async with one.delivering(), other.delivering():
            await asyncio.gather(one.sweep(), other.sweep())
            await asyncio.gather(one.quiet(), other.quiet())
        assert len(sender.sent) == len({delivery.id for _, delivery in sender.sent}) == 20

    async def test_that_waited_too_long_in_memory_are_left_to_who_took_them_up(
        self, documents: MemoryDocuments, clock: HandClock
    ) -> None:
        sender = ScriptedSender()
        slow, quick = Process(documents, clock, sender), Process(documents, clock, sender)
        await a_partner(slow)
        await slow.hear(an_entry())
        clock.forward(seconds=31)
        await quick.sweep()
        async with slow.delivering(), quick.delivering():
            await asyncio.gather(slow.quiet(), quick.quiet())
        assert len(sender.sent) == 1

    async def test_beyond_what_memory_takes_come_with_sweeps(
        self, documents: MemoryDocuments, clock: HandClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.notify.webhooks.courier.LANE_LIMIT", 30)
        sender = ScriptedSender()
        process = Process(documents, clock, sender)
        await a_partner(process)
        await process.hear(*(an_entry(number) for number in range(100)))
        async with process.delivering():
            await process.quiet()
            assert len(sender.sent) == 30
            clock.forward(seconds=1)
            while await process.sweep():
                await process.quiet()
        assert len({delivery.id for _, delivery in sender.sent}) == len(sender.sent) == 100


class TestARefusedDelivery:
    async def test_is_tried_again_by_the_schedule_and_then_has_failed(
        self, documents: MemoryDocuments, clock: HandClock
    ) -> None:
        sender = ScriptedSender(*[REFUSED] * 20)
        process = Process(documents, clock, sender)
        await a_partner(process)
        async with process.delivering():
            await process.hear(an_entry())
            await process.quiet()
            for _ in range(2 * len(SCHEDULE)):
                (delivery,) = await process.all_deliveries()
                clock.at = delivery.next_at
                assert await process.sweep() == 0  # not a moment before its time
                clock.forward(milliseconds=1)
                await process.sweep()
                await process.quiet()
        assert [round(gap.total_seconds()) for gap in times_apart([at for at, _ in sender.sent])] == [
            round(wait.total_seconds()) for wait in SCHEDULE
        ]
        (delivery,) = await process.all_deliveries()
        assert (delivery.state, delivery.attempts) == ("failed", 10)
        assert (delivery.last_status, delivery.last_error) == (500, "refused")

    async def test_waits_as_long_as_the_endpoint_asks(
        self, documents: MemoryDocuments, clock: HandClock
    ) -> None:
        sender = ScriptedSender(Answer(status=503, retry_after=timedelta(minutes=7)))
        process = Process(documents, clock, sender)
        await a_partner(process)
        async with process.delivering():
            await process.hear(an_entry())
            await process.quiet()
        (delivery,) = await process.all_deliveries()
        assert delivery.next_at - clock.now() == timedelta(minutes=7)

    async def test_with_gone_ends_the_subscription_and_what_waits_for_it(
        self, documents: MemoryDocuments, clock: HandClock
    ) -> None:
        sender = ScriptedSender(REFUSED, Answer(gone=True, status=410))
        process = Process(documents, clock, sender)
        await a_partner(process, "s1")
        async with process.delivering():
            for number in (1, 2):
                await process.hear(an_entry(number))
                await process.quiet()
            await process.hear(an_entry(3))
            clock.forward(seconds=10)
            await process.sweep()
            await process.quiet()
        assert len(sender.sent) == 2
        assert [one.state for one in await process.subscriptions.of(a_subscription().organisation)] == [
            "disabled"
        ]
        ended = {one.event_id: (one.state, one.last_error) for one in await process.all_deliveries()}
        assert ended == {"e1": ("failed", "subscription_disabled"), "e2": ("failed", None)}


class HalfHangingSender:
    """One endpoint never answers."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.hanging = self.most_hanging = 0

    async def send(self, delivery: Delivery, to: Subscription, *, at: datetime) -> Answer:
        if to.id == "hangs":
            self.hanging += 1
            self.most_hanging = max(self.hanging, self.most_hanging)
            await asyncio.Event().wait()
        await asyncio.sleep(0)
        self.taken.append(delivery.id)
        return Answer(taken=True, status=204)


class RelapsingSender:
    """Endpoints named `ill-` refuse once and then never answer."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.met: set[str] = set()

    async def send(self, delivery: Delivery, to: Subscription, *, at: datetime) -> Answer:
        if to.id.startswith("ill-"):
            if to.id in self.met:
                await asyncio.Event().wait()
            self.met.add(to.id)
            return REFUSED
        self.taken.append(delivery.id)
        return Answer(taken=True, status=204)


class TestAHangingEndpoint:
    async def test_and_many_more_of_them_do_not_hold_up_another(
        self, documents: MemoryDocuments, clock: HandClock
    ) -> None:
        sender = RelapsingSender()
        process = Process(documents, clock, sender, at_once=4)
        await a_partner(process, *(f"ill-{number}" for number in range(10)), "well")
        async with process.delivering():
            await process.hear(an_entry(0))
            await process.quiet()
            await process.hear(*(an_entry(number) for number in range(1, 21)))
            await eventually(lambda: len(sender.taken) == 21)

    async def test_does_not_hold_up_another(self, documents: MemoryDocuments, clock: HandClock) -> None:
        sender = HalfHangingSender()
        process = Process(documents, clock, sender, at_once=5)
        await a_partner(process, "hangs", "well")
        async with process.delivering():
            await process.hear(*(an_entry(number) for number in range(100)))
            await eventually(lambda: len(sender.taken) == 100)
        assert sender.most_hanging == 4

    async def test_on_the_same_host_does_not_hold_up_another_either(
        self, documents: MemoryDocuments, clock: HandClock
    ) -> None:
        taken: list[str] = []

        async def answer(request: web.Request) -> web.Response:
            if request.path == "/hangs":
                await asyncio.Event().wait()
            taken.append(request.headers["webhook-id"])
            return web.Response()

        guard = NetworkGuard(networks("127.0.0.0/8"))
        async with (
            endpoint(answer) as url,
            HttpSender(guard, timeout=timedelta(seconds=60)) as sender,
        ):
            process = Process(documents, clock, sender)
            for name in ("hangs", "well"):
                to = url.replace("webhook", name)
                await process.subscriptions.add(a_subscription(name, url=to))
            async with process.delivering():
                await process.hear(*(an_entry(number) for number in range(30)))
                await eventually(lambda: len(taken) == 30)

    async def test_gets_one_try_at_a_time_until_it_is_well(
        self, documents: MemoryDocuments, clock: HandClock
    ) -> None:
        running = most = 0

        class CountingSender(ScriptedSender):
            async def send(self, delivery: Delivery, to: Subscription, *, at: datetime) -> Answer:
                nonlocal running, most
                running += 1
                most = max(most, running)
                answer = await super().send(delivery, to, at=at)
                running -= 1
                return answer

        process = Process(documents, clock, CountingSender(*[REFUSED] * 21))
        await a_partner(process)
        async with process.delivering():
            await process.hear(an_entry(0))
            await process.quiet()
            assert most == 1
            await process.hear(*(an_entry(number) for number in range(1, 21)))
            await process.quiet()
            assert most == 1
            await process.hear(*(an_entry(number) for number in range(21, 41)))
            await process.quiet()
        assert most == 4
