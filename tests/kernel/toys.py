"""The smallest service there is: `python -m tests.kernel.toys`. It makes things and hears of them itself."""

import sys
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter

from services.kernel.event import Heard
from services.kernel.outbox.aggregates import Aggregates, Birth
from services.kernel.outbox.relay import Relay
from services.kernel.process.command import run
from services.kernel.process.engines import Engines
from services.kernel.process.service import Service
from services.kernel.settings import ServiceSettings
from services.kernel.store.documents import Collection
from services.kernel.store.lease import Lease
from services.kernel.stream.hearing import Listener
from tests.kernel.things import THINGS, ThingMoved, moved

HEARD = Collection(name="heard")


def build(settings: ServiceSettings, engines: Engines) -> Service:
    documents, clock = engines.documents, engines.clock
    relay = Relay(documents, engines.bus, Lease(documents, clock), clock, [THINGS])
    things = Aggregates(documents, THINGS, relay, clock)
    router = APIRouter()

    @router.post("/things/{thing_id}", status_code=201)
    async def make(thing_id: str) -> dict[str, str]:
        await things.add(Birth(id=thing_id, state={}, emit=[moved(thing_id, holder_id=thing_id)]))
        return {"thing_id": thing_id}

    @router.get("/heard")
    async def heard() -> list[str]:
        return [one["_id"] for one in await documents.find(HEARD, {}, limit=1000)]

    async def hear(batch: Sequence[Heard[Any]]) -> None:
        await documents.insert_many(HEARD, [{"_id": one.subject} for one in batch])

    listeners = [Listener(topic="toys-thing", hears={ThingMoved: hear})]
    return Service(
        name="toys",
        documents=documents,
        collections=[THINGS],
        relay=relay,
        routers=[router],
        listeners=listeners,
        hearing=engines.hear("toys", listeners, engines.bus),
    )


if __name__ == "__main__":
    sys.exit(run("toys", ServiceSettings(), build, sys.argv[1:]))
