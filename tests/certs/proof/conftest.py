"""One desk for all tests that change nothing of it."""

import pytest

from tests.certs.proof.desk import Desk


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk.at(tmp_path_factory.mktemp("proof"))
