"""The engines themselves, so it starts its own even when the environment names others."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pymongo import AsyncMongoClient

from deploy.local.database import Database
from deploy.local.engines import Engines, NotOurs
from deploy.local.places import PortTaken
from deploy.local.program import ProgramFailed
from deploy.topics import Topic, create_topics
from tests.deploy.looks import is_gone

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

TOPIC = Topic(name="tests-hop", partitions=1, retention_days=1)


@pytest.fixture(scope="module", autouse=True)
def ours() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("KAFKA_BOOTSTRAP", raising=False)
        patch.delenv("MONGO_URL", raising=False)
        yield


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engines(tmp_path_factory: pytest.TempPathFactory, ours: None) -> AsyncIterator[Engines]:
    async with Engines(tmp_path_factory.mktemp("engines")) as both:
        yield both


async def send(bootstrap: str, value: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True) as producer:
        await producer.send_and_wait(TOPIC.name, value)


async def first(bootstrap: str) -> bytes:
    async with AIOKafkaConsumer(
        TOPIC.name, bootstrap_servers=bootstrap, auto_offset_reset="earliest"
    ) as consumer:
        value: bytes = (await consumer.getone()).value
        return value


class TestKafka:
    async def test_makes_topics_once(self, engines: Engines) -> None:
        await create_topics(engines.kafka_bootstrap, [TOPIC])
        assert await create_topics(engines.kafka_bootstrap, [TOPIC]) == frozenset()

    async def test_carries_a_record_and_keeps_it_through_a_kill(self, engines: Engines) -> None:
        await create_topics(engines.kafka_bootstrap, [TOPIC])
        await send(engines.kafka_bootstrap, b"hello")
        assert await first(engines.kafka_bootstrap) == b"hello"
        await engines.kafka.kill()
        await engines.kafka.start()
        assert await first(engines.kafka_bootstrap) == b"hello"


class TestDatabase:
    async def test_keeps_every_acknowledged_write_through_a_kill(self, engines: Engines) -> None:
        async with AsyncMongoClient[dict[str, object]](engines.mongo_url) as client:
            written = client["tests"]["written"]
            for number in range(50):
                await written.insert_one({"_id": number})
            await engines.database.kill()
            await engines.database.start()
            assert await written.count_documents({}) == 50

    async def test_answers_again_after_a_pause(self, engines: Engines) -> None:
        engines.database.pause()
        engines.database.resume()
        await engines.database.until_answering()


class TestEngines:
    async def test_stop_leaves_no_process(self, tmp_path: Path) -> None:
        async with Engines(tmp_path) as both:
            pids = both.pids()
            assert set(pids) == {"kafka", "database"}
        assert all(is_gone(pid) for pid in pids.values())

    async def test_refuses_an_address_that_somebody_has(self, engines: Engines, tmp_path: Path) -> None:
        taken = int(engines.mongo_url.rpartition(":")[2])
        with pytest.raises(PortTaken, match=str(taken)):
            await Database(tmp_path, port=taken).start()

    async def test_shows_the_log_of_one_that_does_not_start(self, tmp_path: Path) -> None:
        (tmp_path / "data").write_text("a file in the place of its folder")
        with pytest.raises(ProgramFailed, match="database ended with 1"):
            await Database(tmp_path).start()

    async def test_starts_none_that_the_environment_names(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("KAFKA_BOOTSTRAP", "kafka.example:9092")
        monkeypatch.setenv("MONGO_URL", "mongodb://db.example")
        async with Engines(tmp_path) as outside:
            assert outside.pids() == {}
            assert (outside.kafka_bootstrap, outside.mongo_url) == (
                "kafka.example:9092",
                "mongodb://db.example",
            )
            with pytest.raises(NotOurs, match="KAFKA_BOOTSTRAP"):
                await outside.kafka.stop()
