"""A log on each kind of store."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from services.kernel.store.memory import MemoryDocuments
from services.kernel.store.mongo import MongoDocuments
from tests.kernel.log.lab import Lab

MakeLab = Callable[[], Awaitable[Lab]]


@pytest.fixture
def memory_labs() -> MakeLab:
    return lambda: Lab(MemoryDocuments()).prepared()


@pytest.fixture
async def mongo_labs(mongo_url: str) -> AsyncIterator[MakeLab]:
    opened: list[MongoDocuments] = []

    async def make() -> Lab:
        opened.append(MongoDocuments(mongo_url, f"log_{uuid.uuid4().hex}"))
        return await Lab(opened[-1]).prepared()

    yield make
    for one in opened:
        one.close()


@pytest.fixture(params=["memory_labs", pytest.param("mongo_labs", marks=pytest.mark.real)])
def labs(request: pytest.FixtureRequest) -> MakeLab:
    made: MakeLab = request.getfixturevalue(request.param)
    return made


@pytest.fixture
async def lab(labs: MakeLab) -> Lab:
    return await labs()
