"""The office that tests of certs are played in."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.certs.office import Office, an_office


@pytest.fixture(scope="session")
def secrets_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys are slow to make, and tests only read them."""
    return tmp_path_factory.mktemp("certs") / "secrets"


@pytest.fixture
async def office(secrets_dir: Path) -> AsyncIterator[Office]:
    async with an_office(secrets_dir) as opened:
        yield opened
