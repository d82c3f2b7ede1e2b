"""The runner with tiny programs in the services' places, on real engines."""

import asyncio
import sys
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from deploy.local.places import SERVICES, FolderInUse
from deploy.local.program import ProgramFailed
from deploy.local.world import LocalWorld
from deploy.topics import read_topics
from tests.deploy.looks import environment_of, is_gone

pytestmark = pytest.mark.real


@pytest.fixture(autouse=True)
def engines_of_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KAFKA_BOOTSTRAP", raising=False)
    monkeypatch.delenv("MONGO_URL", raising=False)


def command(service: str) -> list[str]:
    return [sys.executable, "-m", "tests.deploy.tiny", service]


async def topics(bootstrap: str) -> set[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        return set(await admin.list_topics())
    finally:
        await admin.close()


async def groups_can_meet(bootstrap: str) -> None:
    """Otherwise a service would log an error at a clean start."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await asyncio.gather(*(admin.find_coordinator(group) for group in SERVICES))
    finally:
        await admin.close()


class TestLocalWorld:
    async def test_starts_breaks_and_ends_copies_of_every_service(self, tmp_path: Path) -> None:
        async with LocalWorld(tmp_path, copies=2, env={"SAID": "hello"}, command=command) as world:
            first, second = [await environment_of(url) for url in world.urls("space")]
            assert [world.url("space", 0), world.url("space", 1)] == [
                f"http://{one['YIMA_HOST']}:{one['YIMA_PORT']}" for one in (first, second)
            ]
            assert first["YIMA_ISSUER"] == world.url("identity")
            assert first["KAFKA_BOOTSTRAP"] == world.engines.kafka_bootstrap
            assert first["SAID"] == "hello"
            assert (Path(first["YIMA_SECRETS"]) / "space" / "master.key").exists()
            assert {topic.name for topic in read_topics()} <= await topics(world.engines.kafka_bootstrap)
            await groups_can_meet(world.engines.kafka_bootstrap)

            await world.kill("space", 1)
            assert "space-1" not in world.pids()
            await world.restart("space", 1)
            pids = world.pids()
            assert len(pids) == 2 + 4 * 2

            with pytest.raises(FolderInUse, match="in use by another run"):
                await LocalWorld(tmp_path).__aenter__()
        assert all(is_gone(pid) for pid in pids.values())

    async def test_leaves_nothing_when_a_service_does_not_start(self, tmp_path: Path) -> None:
        world = LocalWorld(tmp_path, services=["broken"], command=command)
        with pytest.raises(ProgramFailed, match="nothing works here"):
            await world.__aenter__()
        assert world.pids() == {}
