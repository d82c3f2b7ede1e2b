"""What identity takes back is worth nothing here, in whatever order it is heard."""

from datetime import timedelta

import httpx
import pytest

from services.kernel.store.documents import DatabaseUnavailable
from tests.space.world import HOLDER, ITEM, MANDATE, OTHER_HOLDER, World

AGENT = "A57CGLK2EIP5SGLF5RTEQFEWAJ"


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


class TestAWithdrawnGrant:
    async def test_pulls_and_matches_nothing_more_and_the_attempt_is_on_record(self, world: World) -> None:
        await world.hear(world.certificate())
        assert (await world.pull()).status_code == 200
        await world.hear(world.withdrawn())
        assert told(await world.match()) == (403, "grant_withdrawn")
        assert told(await world.pull(key="visit-0002")) == (403, "grant_withdrawn")
        page = await world.see("accesses")
        assert [(one["action"], one["reason"]) for one in page["accesses"]] == [
            ("pull", "grant_withdrawn"),
            ("match", "grant_withdrawn"),
            ("pull", None),
        ]

    async def test_gives_nothing_to_a_request_repeated_that_was_answered_before(self, world: World) -> None:
        grant = world.grant()
        await world.hear(world.certificate())
        await world.pull(grant=grant)
        await world.hear(world.withdrawn())
        assert told(await world.pull(grant=grant)) == (403, "grant_withdrawn")

    async def test_is_refused_also_when_it_was_withdrawn_before_it_was_ever_seen(self, world: World) -> None:
        await world.hear(world.withdrawn(), world.withdrawn(), world.certificate())
        assert told(await world.pull()) == (403, "grant_withdrawn")

    async def test_takes_no_other_grant_with_it(self, world: World) -> None:
        await world.hear(world.certificate(), world.withdrawn("grant-2"))
        assert (await world.pull()).status_code == 200


class TestAMandateThatEnded:
    async def test_takes_its_grants_with_it(self, world: World) -> None:
        grant = world.grant(mandate_id=MANDATE)
        await world.hear(world.certificate(), world.mandate())
        assert (await world.match(grant=grant)).status_code == 200
        await world.hear(world.mandate(version=2, state="ended"), world.mandate())
        assert told(await world.match(grant=grant)) == (410, "mandate_ended")
        assert told(await world.pull(grant=grant)) == (410, "mandate_ended")
        assert (await world.match()).status_code == 200

    async def test_ends_at_its_hour_without_anybody_saying_so(self, world: World) -> None:
        grant = world.grant(mandate_id=MANDATE)
        await world.hear(world.certificate(), world.mandate(until=world.clock.now() + timedelta(minutes=1)))
        assert (await world.match(grant=grant)).status_code == 200
        world.clock.at += timedelta(minutes=1)
        assert told(await world.match(grant=grant)) == (410, "mandate_ended")

    @pytest.mark.parametrize("path", ["entries", "accesses", f"entries/{1:032x}"])
    async def test_shows_nothing_more_to_who_acted_under_it(self, world: World, path: str) -> None:
        await world.hear(world.certificate())
        headers = world.resident(HOLDER, act={"sub": AGENT}, mandate_id=MANDATE)
        assert (await world.http.get(f"/v1/{path}", headers=headers)).status_code == 200
        await world.hear(world.mandate(version=2, state="ended"))
        assert told(await world.http.get(f"/v1/{path}", headers=headers)) == (410, "mandate_ended")
        assert (await world.http.get(f"/v1/{path}", headers=world.resident(HOLDER))).status_code == 200


class TestAGrant:
    async def test_opens_the_spaces_of_all_documents_of_one_person(self, world: World) -> None:
        await world.hear(world.certificate(1), world.certificate(2, holder=OTHER_HOLDER))
        grant = world.grant(holder_ids=[HOLDER, OTHER_HOLDER])
        pulled = (await world.pull(grant=grant, holder_id=OTHER_HOLDER)).json()["certificates"]
        assert {one["entry_id"] for one in pulled} == {f"{1:032x}", f"{2:032x}"}
        alone = (await world.pull(key="visit-0002", grant=world.grant())).json()["certificates"]
        assert [one["entry_id"] for one in alone] == [f"{1:032x}"]

    async def test_says_the_counter_where_the_sign_in_does_not(self, world: World) -> None:
        await world.hear(world.certificate())
        grant = world.grant(counter="7号窗口")
        await world.pull(grant=grant, headers=world.operator(counter=None))
        await world.pull(key="visit-0002", grant=grant)
        page = await world.see("accesses")
        assert [(one["counter"], one["item"]) for one in page["accesses"]] == [
            ("3号窗口", ITEM),
            ("7号窗口", ITEM),
        ]

    async def test_that_cannot_be_looked_up_is_not_believed_meanwhile(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A database that is away says neither yes nor no."""
        await world.hear(world.certificate())
        get = world.documents.get

        async def away(collection: object, document_id: str) -> object:
            if getattr(collection, "name", "") == "withdrawn_grants":
                raise DatabaseUnavailable("away")
            return await get(collection, document_id)  # type: ignore[arg-type]

        monkeypatch.setattr(world.documents, "get", away)
        assert told(await world.pull()) == (503, "database_unavailable")


class TestAFreeze:
    async def test_ends_the_grants_before_it_without_waiting_for_each_to_be_withdrawn(
        self, world: World
    ) -> None:
        await world.hear(world.certificate())
        grant = world.grant()
        assert (await world.pull(grant=grant)).status_code == 200
        world.clock.at += timedelta(seconds=5)
        await world.hear(world.standing("frozen"))
        assert told(await world.pull(key="visit-0002", grant=grant)) == (403, "grant_withdrawn")
        assert told(await world.match(grant=grant)) == (403, "grant_withdrawn")

    async def test_is_over_for_new_grants_and_not_for_old_ones(self, world: World) -> None:
        await world.hear(world.certificate())
        old = world.grant()
        world.clock.at += timedelta(seconds=5)
        await world.hear(world.standing("active", version=2))
        await world.hear(world.standing("frozen", version=1))
        new = world.grant(jti="grant-2")
        assert told(await world.pull(grant=old)) == (403, "grant_withdrawn")
        assert (await world.pull(key="visit-0002", grant=new)).status_code == 200

    async def test_of_another_changes_nothing(self, world: World) -> None:
        await world.hear(world.certificate(holder=OTHER_HOLDER))
        world.clock.at += timedelta(seconds=5)
        await world.hear(world.standing("frozen"))
        assert (await world.pull(grant=world.grant(sub=OTHER_HOLDER))).status_code == 200
