"""Four clients at the same certificates: what each is answered fits one order of all that they did."""

from collections import Counter, deque
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from services.certs.domain import Standing
from services.certs.store import StandingStore
from tests.certs.office import BUREAU, Office, an_office
from tests.world.clients import Clients
from tests.world.histories import Got, NoOrderExplains, check, is_explained, unseen
from tests.world.yielding import Yielding

CERTIFICATES, CALLS = 12, 15


def clients(office: Office, seed: int = 1) -> Clients:
    async def send(method: str, path: str, **body: Any) -> httpx.Response:
        return await office.client.request(method, path, headers=office.headers(BUREAU, key=a_key()), **body)

    chance = Random(seed)

    def a_key() -> str:
        return f"{chance.getrandbits(128):032x}"

    return Clients(send, chance)


class StaleStandings(StandingStore):
    """The planted bug: reads are answered from a cache, a few times each, and no change empties it."""

    ANSWERS = 3

    def __init__(self, *parts: Any, **more: Any) -> None:
        super().__init__(*parts, **more)
        self._cached: dict[str, deque[Standing]] = {}

    async def find(self, certificate_id: str) -> Standing | None:
        cached = self._cached.setdefault(certificate_id, deque())
        if not cached and (found := await super().find(certificate_id)):
            cached.extend([found] * self.ANSWERS)
        return cached.popleft() if cached else None


class TestCertificates:
    @pytest.mark.parametrize("seed", range(3))
    async def test_are_read_and_changed_in_one_order(self, secrets_dir: Path, seed: int) -> None:
        async with an_office(secrets_dir, kept_in=Yielding()) as office:
            history = await clients(office, seed).play(certificates=CERTIFICATES, calls=CALLS)
        check(history)
        assert unseen(history) == []
        hows = Counter(one.got.how for one in history if one.got)
        assert min(hows[how] for how in ("done", "repeated", "refused", "seen")) > 20, hows

    async def test_read_out_of_a_stale_cache_are_found_out(
        self, secrets_dir: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.certs.app.StandingStore", StaleStandings)
        async with an_office(secrets_dir) as office:
            history = await clients(office).play(certificates=CERTIFICATES, calls=CALLS)
        assert unseen(history)
        with pytest.raises(NoOrderExplains):
            check(history)

    async def test_are_not_held_to_an_order_by_a_reader_that_makes_answers_up(self, office: Office) -> None:
        """A reader of another kind is an argument, and is found out like ours."""

        async def read(_: str) -> Got:
            return Got(how="seen", state="valid")

        players = clients(office)
        players.read = read
        assert not is_explained(await players.play(certificates=CERTIFICATES, calls=CALLS))
