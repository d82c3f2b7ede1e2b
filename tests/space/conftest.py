from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from deploy.secrets import make_secrets
from services.space.domain import Item
from services.space.registry import read_items
from services.space.settings import SpaceSettings
from tests.space.world import HOLDER, OTHER_HOLDER, World


@pytest.fixture(scope="session")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("secrets")
    make_secrets(folder)
    return folder


@pytest.fixture(scope="session")
def shipped() -> Sequence[Item]:
    return read_items(SpaceSettings().items_dir)


@pytest.fixture
async def new_world(secrets: Path) -> AsyncIterator[World]:
    """Before its items are published."""
    world = World(secrets)
    await world.hear(world.registered(HOLDER), world.registered(OTHER_HOLDER))
    async with world.http:
        yield world


@pytest.fixture
async def world(secrets: Path, shipped: Sequence[Item]) -> AsyncIterator[World]:
    world = World(secrets)
    await world.hear(world.registered(HOLDER), world.registered(OTHER_HOLDER))
    await world.find_registered(shipped)
    async with world.http:
        yield world


@pytest.fixture
async def small_world(secrets: Path) -> AsyncIterator[World]:
    """Where a holder keeps two files of a megabyte together at most."""
    world = World(secrets, uploads=2, uploads_mb=1)
    await world.hear(world.registered(HOLDER))
    async with world.http:
        yield world
