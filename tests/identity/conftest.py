"""One identity for each test, open for business or bare."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.kernel.store.memory import MemoryDocuments
from services.kernel.stream.memory_bus import MemoryBus
from tests.identity.office import HandClock, Office, key_folder


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return key_folder(tmp_path_factory.getbasetemp())


@pytest.fixture
async def bare(keys: Path) -> AsyncIterator[Office]:
    """Only the administrator is registered."""
    async with Office(keys, HandClock(), MemoryDocuments(), MemoryBus()) as office:
        yield office


@pytest.fixture
async def office(bare: Office) -> Office:
    await bare.open_counter()
    return bare
