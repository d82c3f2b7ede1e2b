"""One process of a service: any order of start, and a stop that loses nothing."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from deploy.local.broker import Kafka
from deploy.local.database import Database
from deploy.local.places import LOOPBACK, free_port
from deploy.local.waiting import until
from deploy.topics import Topic, create_topics
from tests.kernel.stages import KafkaStage

pytestmark = pytest.mark.real

TOPICS = [Topic(name=one, partitions=3, retention_days=1) for one in ("toys-thing", "toys-dead-letter")]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made = Database(tmp_path_factory.mktemp("database"))
    yield made
    asyncio.run(made.stop(grace=1))


class Toys:
    """A process of the toy service as the world sees it."""

    def __init__(self, process: asyncio.subprocess.Process, address: str, log: Path) -> None:
        self.process, self._address, self._log = process, address, log

    async def ask(self, path: str, *, method: str = "GET") -> tuple[int, Any]:
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, self._address + path) as answer,
        ):
            return answer.status, await answer.json()

    async def answers(self, path: str, status: int, *, within: float = 60) -> None:
        seen: list[object] = []

        async def does() -> bool:
            try:
                seen.append(await self.ask(path))
            except aiohttp.ClientError as error:
                seen.append(error)
                return False
            return seen[-1][0] == status  # type: ignore[index,no-any-return] # what `ask` gave

        assert await until(does, within=within), f"{seen[-1:]}\n{self._log.read_text()[-3000:]}"

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """The exit status, when it has ended by itself."""
        self.process.send_signal(number)
        async with asyncio.timeout(30):
            return await self.process.wait()

    def log(self) -> str:
        return self._log.read_text()


@asynccontextmanager
async def toys(broker: Kafka, database: Database, tmp_path: Path, part: str = "all") -> AsyncIterator[Toys]:
    port, log = free_port(), tmp_path / f"{part}.log"
    engines = {"KAFKA_BOOTSTRAP": broker.address, "MONGO_URL": database.address}
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.kernel.toys", part),
            env={**os.environ, **engines, "YIMA_PORT": str(port)},
            stdout=out,
            stderr=out,
        )
    try:
        yield Toys(process, f"http://{LOOPBACK}:{port}", log)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


class TestService:
    async def test_starts_before_its_engines_and_is_ready_when_they_come(
        self, broker: Kafka, database: Database, tmp_path: Path
    ) -> None:
        await broker.kill()
        async with toys(broker, database, tmp_path) as one:
            await one.answers("/healthz", 200)
            status, state = await one.ask("/readyz")
            assert status == 503
            assert (state["database"], state["hearing"]) == ("database_unavailable", "catching up")
            await database.start()
            await broker.start()
            await create_topics(broker.address, TOPICS)
            await one.answers("/readyz", 200)
            assert (await one.ask("/things/a", method="POST"))[0] == 201
            assert await until(lambda: hears(one, "a"), within=30)
            assert await one.stop() == 0
            assert "Traceback" not in one.log()

    async def test_publishes_what_is_left_when_it_is_stopped(
        self, broker: Kafka, database: Database, tmp_path: Path
    ) -> None:
        async with toys(broker, database, tmp_path) as one:
            await one.answers("/readyz", 200)
            names = [f"left{number}" for number in range(30)]
            made = await asyncio.gather(*(one.ask(f"/things/{name}", method="POST") for name in names))
            assert {status for status, _ in made} == {201}
            assert await one.stop() == 0
        published = await KafkaStage(broker.address).read("toys-thing", 30)
        assert {record.header("ce_subject") for record in published} >= set(names)

    async def test_ends_in_good_order_while_its_engines_are_silent(
        self, broker: Kafka, database: Database, tmp_path: Path
    ) -> None:
        async with toys(broker, database, tmp_path) as one:
            await one.answers("/readyz", 200)
            broker.pause()
            try:
                assert (await one.ask("/things/silent", method="POST"))[0] == 201
                database.pause()
                assert await one.stop(signal.SIGINT) == 0
            finally:
                database.resume()
                broker.resume()

    async def test_publishes_what_a_killed_process_left(
        self, broker: Kafka, database: Database, tmp_path: Path
    ) -> None:
        async with toys(broker, database, tmp_path, "api") as one:
            await one.answers("/heard", 200)  # with nobody to hear it is never ready
            broker.pause()
            try:
                assert (await one.ask("/things/killed", method="POST"))[0] == 201
                one.process.kill()
                await one.process.wait()
            finally:
                broker.resume()
        async with toys(broker, database, tmp_path) as two:
            await two.answers("/healthz", 200)
            assert await until(lambda: hears(two, "killed"), within=60)

    async def test_says_why_it_cannot_have_its_port(
        self, broker: Kafka, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with toys(broker, database, tmp_path) as one:
            await one.answers("/healthz", 200)
            taken = one._address.rpartition(":")[2]  # noqa: SLF001 - the same address for a second
            monkeypatch.setattr("tests.kernel.test_service.free_port", lambda: taken)
            async with toys(broker, database, tmp_path, "stream") as two:
                async with asyncio.timeout(30):
                    assert await two.process.wait() not in (0, None)
                assert "address already in use" in two.log()


async def hears(one: Toys, name: str) -> bool:
    try:
        return name in (await one.ask("/heard"))[1]
    except aiohttp.ClientError:
        return False
