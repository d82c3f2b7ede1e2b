"""kill -9 of certs while four clients are at the same certificates: what was acknowledged stands."""

import asyncio
from functools import partial
from random import Random

import pytest

from tests.world.clients import Clients
from tests.world.histories import check, unseen
from tests.world.town import Town, eventually, send_to_certs

pytestmark = pytest.mark.real

KILLS = 3
CALLS_BETWEEN = 60


class TestKillingCerts:
    async def test_undoes_nothing_that_was_answered(self, broken_town: Town) -> None:
        assert broken_town.world is not None
        players = Clients(partial(send_to_certs, broken_town), Random(420322))
        playing = asyncio.create_task(players.play(certificates=10, calls=15))
        for kill in range(1, KILLS + 1):

            async def so_far(wanted: int = kill * CALLS_BETWEEN) -> bool:
                return len(players.history) >= wanted

            await eventually(so_far)
            await broken_town.world.kill("certs")
            await broken_town.world.restart("certs")
        history = await playing
        check(history)
        assert unseen(history) == []
        assert any(one.got is None for one in history)
