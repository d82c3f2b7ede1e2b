"""A broker to break, and the two stages on which the same test is played."""

import asyncio
import gc
import warnings
from collections.abc import AsyncIterator, Iterator

import pytest

from deploy.local.broker import Kafka
from tests.kernel.stages import KafkaStage, MemoryStage, Stage


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """Our own: others are using the one that everybody shares."""
    made = Kafka(tmp_path_factory.mktemp("broker"))
    try:
        asyncio.run(made.start())
        yield made
    finally:
        asyncio.run(made.stop(grace=1))


@pytest.fixture
def memory_stage() -> MemoryStage:
    return MemoryStage()


@pytest.fixture
async def kafka_stage(kafka_bootstrap: str) -> AsyncIterator[KafkaStage]:
    made = KafkaStage(kafka_bootstrap)
    yield made
    await made.close()
    _sweep_up()


@pytest.fixture
async def breakable_stage(broker: Kafka) -> AsyncIterator[KafkaStage]:
    made = KafkaStage(broker.address)
    yield made
    await made.close()
    _sweep_up()


@pytest.fixture(params=["memory_stage", pytest.param("kafka_stage", marks=pytest.mark.real)])
def stage(request: pytest.FixtureRequest) -> Stage:
    made: Stage = request.getfixturevalue(request.param)
    return made


def _sweep_up() -> None:
    """Now and then a stopped Faust app leaves a socket open: no other test is to stumble over it."""
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        gc.collect()
