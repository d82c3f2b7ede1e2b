import pytest

from services.kernel.store.memory import MemoryDocuments
from tests.notify.parts import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def documents() -> MemoryDocuments:
    return MemoryDocuments()
