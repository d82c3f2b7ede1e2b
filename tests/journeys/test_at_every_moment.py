"""A certificate is true at every moment: an acknowledged revocation is seen by whoever reads after it."""

from functools import partial
from random import Random

from tests.world.clients import Clients
from tests.world.histories import check, unseen
from tests.world.town import Town, send_to_certs


class TestFourClientsAtOneCertificate:
    async def test_are_answered_as_if_they_had_come_one_after_the_other(self, town: Town) -> None:
        players = Clients(partial(send_to_certs, town), Random(420322))
        history = await players.play(certificates=8, calls=15)
        check(history)
        assert unseen(history) == []
        assert sum(one.what == "read" for one in history) > 100
