"""Approvals at a steady rate, each followed until the message to its holder is stored.

Open loop: each is sent at its moment, whether the ones before it were answered or not, and its time runs
from that moment. All times are this machine's one wall clock, read in this process.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pymongo import AsyncMongoClient

from bench.driver import Driver
from bench.holders import approval, holder
from deploy.local.actors import System
from deploy.local.world import LocalWorld
from services.kernel.event import event_id
from services.kernel.holders import holder_id
from services.kernel.keys.secrets import read_key
from services.space.events import EntryAdded

# Every fifth approval is for a holder who has one already.
_REPEATED = 5
_LOOK_S = 0.005
_ARRIVES_WITHIN_S = 60.0


class Lost(Exception):
    """A message that did not come: then no figure of the run says anything."""


@dataclass(slots=True)
class Passage:
    """One approval on its way; seconds of the wall clock."""

    certificate_id: str
    due: float
    sent: float
    accepted: float
    stored: float = 0.0


def serial_of_holder(number: int) -> int:
    """Who the approval of this number is for: distinct ones but for each fifth."""
    return number - (_REPEATED - 1) if number % _REPEATED == _REPEATED - 1 else number


class Watch:
    """Looks every few milliseconds which of the expected messages notify has stored, by their ids.

    An event's id is derived from what it is about, so the message's id is known before it exists;
    a look by id costs the database a third of a millisecond.
    """

    def __init__(self, client: AsyncMongoClient[Any], holder_key: bytes) -> None:
        self._messages = client["yima_notify"]["messages"]
        self._holder_key = holder_key
        self._expected: dict[str, Passage] = {}

    def expect(self, passage: Passage, of: Mapping[str, str]) -> None:
        whose = holder_id(self._holder_key, of["id_type"], of["id_number"])
        self._expected[message_id(passage.certificate_id, whose)] = passage

    async def follow(self, *, until: asyncio.Event) -> None:
        """Note when each is seen; return when the event is set and none is missing."""
        while self._expected or not until.is_set():
            if self._expected:
                asked = {"_id": {"$in": list(self._expected)}}
                found = await self._messages.find(asked, {"_id": 1}).to_list(None)
                seen = time.time()
                for one in found:
                    self._expected.pop(one["_id"]).stored = seen
            await asyncio.sleep(_LOOK_S)


def message_id(certificate_id: str, whose: str) -> str:
    """As notify makes it from the id of `space.entry.added`; two fields and the version decide that."""
    event = EntryAdded(
        entry_id=certificate_id,
        version=1,
        holder_id=whose,
        certificate_type="",
        certificate_name="",
        state="",
        authority="",
        authority_name="",
        added_at=datetime.fromtimestamp(0, UTC),
    )
    return f"{event_id(event, version=1)}:inbox"


async def travel(
    world: LocalWorld, driver: Driver, source: System, *, rate: float, count: int, first: int = 0
) -> list[Passage]:
    """Send so many a second, beginning with holder number `first`; return all, arrived."""
    token = await source.token()
    holder_key = read_key(world.secrets_dir / "certs" / "holder.key")
    async with AsyncMongoClient[Any](world.engines.mongo_url) as client, asyncio.TaskGroup() as tasks:
        watch, all_sent = Watch(client, holder_key), asyncio.Event()
        following = tasks.create_task(watch.follow(until=all_sent))
        begin = time.time() + 0.1
        sending = []
        for number in range(count):
            due = begin + number / rate
            await asyncio.sleep(due - time.time())
            of = holder(first + serial_of_holder(number))
            sending.append(tasks.create_task(_send(driver, watch, token, of, first + number, due)))
        passages = await asyncio.gather(*sending)
        all_sent.set()
        done, _ = await asyncio.wait([following], timeout=_ARRIVES_WITHIN_S)
        if not done:
            raise Lost(f"{sum(not one.stored for one in passages)} of {count} messages did not arrive")
    return list(passages)


async def _send(
    driver: Driver, watch: Watch, token: str, of: Mapping[str, str], serial: int, due: float
) -> Passage:
    sent = time.time()
    answer = await driver.post("certs", "/v1/approvals", token, json=approval(serial, dict(of)))
    passage = Passage(answer["certificate_id"], due=due, sent=sent, accepted=time.time())
    watch.expect(passage, of)
    return passage


def milliseconds(passages: Sequence[Passage], begin: str, end: str) -> list[float]:
    """From one moment of each to another."""
    return [(getattr(one, end) - getattr(one, begin)) * 1000 for one in passages]
