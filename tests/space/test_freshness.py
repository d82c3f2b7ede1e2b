"""While it is not known what was taken back in the last second, nothing is handed over."""

import pytest

from services.kernel.stream import freshness as law
from services.space.stream import listeners, urgent
from tests.space.test_revocations import told
from tests.space.world import World


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(law, "PATIENCE_S", 0.001)


class TestAPull:
    async def test_is_answered_503_while_we_are_over_a_second_behind_and_again_when_not(
        self, world: World
    ) -> None:
        await world.hear(world.certificate())
        grant = world.grant()
        world.tail.at = 1.0
        assert (await world.pull(key="visit-0001", grant=grant)).status_code == 200
        world.tail.at = 1.1
        behind = await world.pull(key="visit-0002", grant=grant)
        assert told(behind) == (503, "status_unknown")
        assert int(behind.headers["Retry-After"]) > 0
        world.heard_until(1.1)
        assert (await world.pull(key="visit-0002", grant=grant)).status_code == 200

    async def test_that_is_answered_so_hands_nothing_over_and_is_on_no_record(self, world: World) -> None:
        await world.hear(world.certificate())
        world.tail.at = 9.0
        answer = await world.pull()
        assert "credential" not in answer.text
        assert world.documents.kept("accesses") == []

    async def test_of_a_grant_that_is_over_is_refused_as_ever(self, world: World) -> None:
        """What is certain needs no news."""
        world.tail.at = 9.0
        now = int(world.clock.now().timestamp())
        assert told(await world.pull(grant=world.grant(exp=now - 90))) == (403, "grant_expired")


class TestAMatch:
    async def test_waits_for_the_same_news(self, world: World) -> None:
        world.tail.at = 1.1
        assert told(await world.match()) == (503, "status_unknown")


class TestReading:
    async def test_ones_own_space_does_not(self, world: World) -> None:
        await world.hear(world.certificate())
        world.tail.at = 9.0
        assert len((await world.see("entries"))["entries"]) == 1

    async def test_readyz_tells_how_far_behind_we_are_and_stays_ready(self, world: World) -> None:
        world.tail.at = 9.0
        assert (await world.http.get("/readyz")).json()["freshness"] == "ok, 9.0 s behind"


def test_all_that_takes_a_right_away_is_heard_by_the_group_too(world: World) -> None:
    group = {(one.topic, kind) for one in listeners(world.space) for kind in one.hears}
    every = {(one.topic, kind) for one in urgent(world.space) for kind in one.hears}
    assert {topic for topic, _ in every} == {
        "certs-status",
        "identity-grant",
        "identity-holder",
        "identity-mandate",
    }
    assert every <= group
