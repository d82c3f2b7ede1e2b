"""kill -9 of each service in turn while approvals come in: nothing is lost, nothing is there twice."""

import asyncio
import itertools
from typing import Any

import httpx
import pytest
from pymongo import MongoClient

from deploy.local.actors import Answered
from deploy.local.places import SERVICES
from tests.world.evidence import audited
from tests.world.people import a_shop, an_approval
from tests.world.town import Town, eventually

pytestmark = pytest.mark.real

APPROVALS = 500
AT_ONCE = 8
SHOPS = 25


class TestKillingEachServiceInTurn:
    async def test_loses_and_doubles_nothing(self, broken_town: Town) -> None:
        shops = [a_shop() for _ in range(SHOPS)]
        await broken_town.county.register(shops)  # who is not known is told at the first sign-in
        approvals = [an_approval(shops[number % SHOPS]) for number in range(APPROVALS)]
        acknowledged: list[str] = []
        queue = iter(approvals)

        async def hand_in() -> None:
            for approval in queue:
                made = await until_acknowledged(broken_town, approval)
                acknowledged.append(made)

        sending = asyncio.gather(*(hand_in() for _ in range(AT_ONCE)))
        await kill_each_in_turn(broken_town, acknowledged)
        await sending
        assert len(set(acknowledged)) == APPROVALS

        async def complete() -> bool:
            return counts(broken_town) == (APPROVALS, APPROVALS, APPROVALS)

        await eventually(complete, within=120)
        messages = message_ids(broken_town)

        async def partner_complete() -> bool:
            return messages <= await broken_town.partner.ids()

        await eventually(partner_complete, within=120)
        assert counts(broken_town) == (APPROVALS, APPROVALS, APPROVALS)
        await eventually(lambda: all_logged(broken_town), within=120)
        assert broken_town.world is not None
        status, told = await audited(broken_town.world)
        assert (status, f"whole: {APPROVALS} leaves" in told) == (0, True), told


async def until_acknowledged(town: Town, approval: dict[str, object]) -> str:
    """As a careful sender: the same approval with the same key until a 2xx says that it is kept."""
    key = f"key-{approval['document_number']}".encode().hex()[:64]
    while True:
        try:
            return str((await town.approve(approval, key=key))["certificate_id"])
        except Answered as problem:
            if problem.status != 503:
                raise
        except httpx.TransportError:
            pass  # the service was killed
        await asyncio.sleep(0.1)


async def kill_each_in_turn(town: Town, acknowledged: list[str]) -> None:
    """Each once while a good part of the approvals is still to come."""
    assert town.world is not None
    for service, share in zip(SERVICES, itertools.count(1), strict=False):
        wanted = APPROVALS * share // (len(SERVICES) + 1)

        async def so_many(wanted: int = wanted) -> bool:
            return len(acknowledged) >= wanted

        await eventually(so_many, within=120)
        await town.world.kill(service)
        await town.world.restart(service)


async def all_logged(town: Town) -> bool:
    """Whether the signed head covers as many leaves as there were issues, and no leaf is beyond it."""
    assert town.world is not None
    with MongoClient[dict[str, Any]](town.world.engines.mongo_url) as client:
        head = client["yima_certs"]["log_heads"].find_one() or {"size": 0}
        leaves = client["yima_certs"]["log_leaves"].count_documents({})
        return bool(head["size"] == leaves == APPROVALS)


def counts(town: Town) -> tuple[int, int, int]:
    """Certificates, entries and messages of arrived certificates, as they stand in the stores."""
    assert town.world is not None
    with MongoClient[dict[str, object]](town.world.engines.mongo_url) as client:
        return (
            client["yima_certs"]["certificates"].count_documents({}),
            client["yima_space"]["entries"].count_documents({}),
            client["yima_notify"]["messages"].count_documents({}),
        )


def message_ids(town: Town) -> set[str]:
    """The event ids that there are messages for: what the partner must have, all of it."""
    assert town.world is not None
    with MongoClient[dict[str, object]](town.world.engines.mongo_url) as client:
        found = client["yima_notify"]["messages"].find({}, {"_id": 1})
        return {str(one["_id"]).partition(":")[0] for one in found}
