"""Any order of start: what is not there yet is waited for, and nobody has to start anything again."""

import asyncio
from functools import partial

import httpx
import pytest

from deploy.local.places import SERVICES
from tests.faults.test_kills import until_acknowledged
from tests.world.people import a_shop, an_approval
from tests.world.town import Town, eventually

pytestmark = pytest.mark.real


class TestStartingWithoutKafka:
    async def test_answers_http_and_catches_up_when_kafka_comes(self, broken_town: Town) -> None:
        world = broken_town.world
        assert world is not None
        await asyncio.gather(*(world.terminate(service) for service in SERVICES))
        await world.kafka.stop()
        starting = asyncio.gather(*(world.restart(service) for service in SERVICES))
        for service in SERVICES:
            await eventually(partial(is_alive, world.url(service)))
        shop = a_shop()
        # Until a service has fetched the keys it answers 503: the sender does as it is told, and repeats.
        assert await until_acknowledged(broken_town, an_approval(shop))
        assert not starting.done()  # not ready without Kafka, and not dead either
        await world.kafka.start()
        await starting
        resident = await broken_town.resident(shop)
        assert len(await broken_town.entries(resident)) == 1
        assert len(await eventually(resident.messages)) == 1


async def is_alive(url: str) -> bool:
    try:
        async with httpx.AsyncClient() as client:
            return (await client.get(f"{url}/healthz")).is_success
    except httpx.TransportError:
        return False
