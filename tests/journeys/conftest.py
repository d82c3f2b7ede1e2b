"""Each journey is played on memory engines, on real ones, and with two processes of each service."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.world.town import Town, memory_town, real_town

real = pytest.mark.real


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One event loop for all: a town lives as long as the journeys played in it."""
    for item in items:
        if "tests/journeys/" in item.nodeid:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(
    scope="session",
    loop_scope="session",
    params=["memory", pytest.param("real", marks=real), pytest.param("twins", marks=real)],
)
async def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Town]:
    folder = tmp_path_factory.mktemp(request.param)
    opened = {
        "memory": lambda: memory_town(folder, copies=2),
        "real": lambda: real_town(folder),
        "twins": lambda: real_town(folder, copies=2),
    }
    async with opened[request.param]() as opened_town:
        yield opened_town
