"""Whoever pulled a certificate learns of what happens to it afterwards, whatever is heard first."""

import json
from itertools import permutations
from typing import Any

import pytest

from services.kernel.event import Heard
from services.kernel.store.memory import MemoryDocuments
from services.notify.domain import PULL_OUTDATED
from services.notify.events import PulledEntry
from services.notify.handlers import Recipients
from services.notify.store import StoredRecipients
from tests.notify.parts import (
    ALICE,
    BUREAU,
    HandClock,
    Process,
    ScriptedSender,
    a_change,
    a_subscription,
    an_access,
)

OTHER = "11420322YM0000004N"


class Desk:
    """One process of notify with a partner that asked for recalls, and another that did not."""

    def __init__(self, documents: MemoryDocuments, clock: HandClock) -> None:
        self.sender, self.clock = ScriptedSender(), clock
        self.process = Process(documents, clock, self.sender)
        self.recipients = Recipients(StoredRecipients(documents), self.process.partners, clock)

    async def subscribe(self) -> None:
        wanted = (PULL_OUTDATED,)
        await self.process.subscriptions.add(a_subscription("recalls", event_types=wanted))
        await self.process.subscriptions.add(a_subscription("others"))
        stranger = a_subscription("strangers", event_types=wanted, organisation=OTHER)
        await self.process.subscriptions.add(stranger)

    async def hear(self, *heard: Heard[Any]) -> None:
        for one in heard:
            if one.type == "space.access.recorded.v1":
                await self.recipients.remember([one])
            else:
                await self.recipients.follow([one])

    async def told(self) -> list[dict[str, Any]]:
        """What reached the endpoints, in order of time."""
        async with self.process.delivering():
            await self.process.quiet()
        assert {one.subscription_id for _, one in self.sender.sent} <= {"recalls"}
        return [json.loads(one.body) for _, one in self.sender.sent]


@pytest.fixture
async def desk(documents: MemoryDocuments, clock: HandClock) -> Desk:
    made = Desk(documents, clock)
    await made.subscribe()
    return made


def a_pull(version: int = 1, *, by: str = BUREAU, number: int = 1, **changes: Any) -> Heard[Any]:
    entries = (PulledEntry(entry_id="entry-1", version=version),)
    return an_access(number, organisation=by, entries=entries, **changes)


class TestARecall:
    async def test_goes_to_who_pulled_it_and_names_nobody(self, desk: Desk) -> None:
        await desk.hear(a_pull(), a_change(version=2, change="withdraw", state="withdrawn"))
        (told,) = await desk.told()
        assert (told["type"], told["subject"]) == (PULL_OUTDATED, "entry-1")
        assert told["data"] == {
            "entry_id": "entry-1",
            "version": 2,
            "state": "withdrawn",
            "change": "withdraw",
            "certificate_type": "11100000MB9999900G901",
            "authority": BUREAU,
        }
        assert ALICE not in json.dumps(told)

    @pytest.mark.parametrize(
        ("change", "state"),
        [
            *(
                ("suspend", "suspended"),
                ("resume", "valid"),
                ("withdraw", "withdrawn"),
                ("revoke", "revoked"),
            ),
            *(("cancel", "cancelled"), ("renew", "valid"), ("correct", "valid"), ("correct", "removed")),
        ],
    )
    async def test_follows_every_change_that_its_face_did_not_say(
        self, desk: Desk, change: str, state: str
    ) -> None:
        await desk.hear(a_pull(), a_change(version=2, change=change, state=state))
        assert [(one["data"]["change"], one["data"]["state"]) for one in await desk.told()] == [
            (change, state)
        ]

    async def test_does_not_follow_the_end_that_stands_on_its_face(self, desk: Desk) -> None:
        await desk.hear(a_pull(), a_change(version=2, change="expire", state="expired"))
        assert await desk.told() == []

    async def test_goes_to_nobody_who_was_refused_or_pulled_something_else(self, desk: Desk) -> None:
        refused = an_access(1, outcome="refused", reason="grant_expired")
        other = an_access(2, entries=(PulledEntry(entry_id="entry-2", version=1),))
        await desk.hear(refused, other, a_change(version=2, change="revoke", state="revoked"))
        assert await desk.told() == []

    async def test_goes_to_each_organisation_of_its_own_pulls_alone(self, desk: Desk) -> None:
        await desk.hear(a_pull(), a_pull(by=OTHER, number=2))
        await desk.hear(a_change(version=2, change="revoke", state="revoked"))
        kept = await desk.process.all_deliveries("recalls", "others", "strangers")
        assert sorted(one.id for one in kept) == [
            f"entry-1:2:{BUREAU}:recalls",
            f"entry-1:2:{OTHER}:strangers",
        ]

    async def test_is_not_needed_for_what_was_pulled_after_the_change(self, desk: Desk) -> None:
        await desk.hear(a_change(version=2, change="renew"), a_pull(2))
        assert await desk.told() == []
        await desk.hear(a_pull(1, number=2), a_change(version=2, change="renew"))
        assert await desk.told() == []

    @pytest.mark.parametrize("order", list(permutations(range(3))))
    async def test_comes_once_in_whatever_order_and_however_often_all_is_heard(
        self, desk: Desk, order: tuple[int, ...]
    ) -> None:
        """The two come on topics of their own: a change may be heard before the pull that it overtook."""
        steps = [
            a_pull(),
            a_change(version=2, change="suspend", state="suspended"),
            a_change(version=3, change="revoke", state="revoked"),
        ]
        for place in (*order, *order):
            await desk.hear(steps[place])
        told = [one["data"]["version"] for one in await desk.told()]
        assert len(told) == len(set(told))
        assert max(told) == 3

    async def test_is_listed_for_the_organisation_without_a_subscription(
        self, documents: MemoryDocuments, clock: HandClock
    ) -> None:
        desk = Desk(documents, clock)
        await desk.hear(a_pull(), a_change(version=2, change="revoke", state="revoked"))
        kept = StoredRecipients(documents)
        end = clock.now().replace(year=clock.now().year + 1)
        (one,) = await kept.newest(BUREAU, before=end, limit=10)
        assert (one.entry_id, one.version, one.state) == ("entry-1", 2, "revoked")
        assert await kept.newest(OTHER, before=end, limit=10) == []
