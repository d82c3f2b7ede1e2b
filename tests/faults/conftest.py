"""Faults are real or they are nothing: each town here is its own."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.world.town import Town, real_town

NewTown = Callable[[], AbstractAsyncContextManager[Town]]


@pytest.fixture
async def broken_town(tmp_path: Path) -> AsyncIterator[Town]:
    """One of its own, with one process of each service."""
    async with real_town(tmp_path) as town:
        yield town
