"""Engines for the tests marked `real`: those that the environment names, else ours, started once."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator

import pytest

from deploy.local.engines import Engines
from services.kernel.store.memory import MemoryDocuments
from services.kernel.store.mongo import MongoDocuments


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    # Not an async fixture: it outlives the event loop of any test. Ask for it from a sync fixture only.
    both = Engines(tmp_path_factory.mktemp("engines"))
    try:
        asyncio.run(both.start())
        yield both
    finally:
        asyncio.run(both.stop())


@pytest.fixture(scope="session")
def mongo_url(engines: Engines) -> str:
    return engines.mongo_url


@pytest.fixture(scope="session")
def kafka_bootstrap(engines: Engines) -> str:
    return engines.kafka_bootstrap


@pytest.fixture
def memory_documents() -> MemoryDocuments:
    return MemoryDocuments()


@pytest.fixture
async def mongo_documents(mongo_url: str) -> AsyncIterator[MongoDocuments]:
    """A database of its own for each test."""
    documents = MongoDocuments(mongo_url, f"test_{uuid.uuid4().hex}")
    yield documents
    documents.close()
