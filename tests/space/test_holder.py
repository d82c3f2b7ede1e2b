"""What a holder sees: their own entries and who asked for them, and nothing of anybody else."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.space.registry import read_items
from services.space.settings import SpaceSettings
from tests.space.world import (
    FOOD,
    HOLDER,
    HOLDER_NAME,
    ITEM,
    MASKED,
    NOW,
    NUMBER,
    ORGANISATION,
    OTHER_HOLDER,
    World,
)

RENEWAL = next(one for one in read_items(SpaceSettings().items_dir) if one.item == ITEM)


def ids(page: dict[str, Any]) -> list[int]:
    return [int(entry["entry_id"], 16) for entry in page["entries"]]


class TestListingEntries:
    async def test_shows_the_newest_first(self, world: World) -> None:
        for number in (1, 2, 3):
            await world.hear(world.certificate(number))
            world.clock.at += timedelta(minutes=1)
        assert ids(await world.see("entries")) == [3, 2, 1]

    async def test_shows_no_content(self, world: World) -> None:
        await world.hear(world.certificate())
        text = str(await world.see("entries"))
        assert not any(personal in text for personal in (HOLDER_NAME, NUMBER, MASKED, "signature"))

    async def test_pages_through_all_also_those_of_one_instant(self, world: World) -> None:
        await world.hear(*(world.certificate(number) for number in range(25)))
        found, before = list[int](), None
        while page := await world.see("entries", limit=10, **({"before": before} if before else {})):
            found += ids(page)
            if (before := page["next"]) is None:
                break
        assert found == list(reversed(range(25)))

    async def test_ends_a_page_that_is_just_full(self, world: World) -> None:
        await world.hear(*(world.certificate(number) for number in range(10)))
        assert (await world.see("entries", limit=10))["next"] is None

    async def test_gives_one_list_for_all_documents_of_a_person(self, world: World) -> None:
        await world.hear(world.certificate(1), world.certificate(2, holder=OTHER_HOLDER))
        assert ids(await world.see("entries", HOLDER, OTHER_HOLDER)) == [2, 1]
        assert ids(await world.see("entries", OTHER_HOLDER)) == [2]

    @pytest.mark.parametrize("query", [{"limit": 101}, {"limit": 0}, {"before": "yesterday"}])
    async def test_refuses_a_page_that_cannot_be(self, world: World, query: dict[str, Any]) -> None:
        answer = await world.http.get("/v1/entries", headers=world.resident(), params=query)
        assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")


class TestTheStateShown:
    @pytest.mark.parametrize(
        ("moment", "state"),
        [
            (datetime(2026, 3, 9, 15, 59, 59, tzinfo=UTC), "valid"),
            (datetime(2026, 3, 9, 16, 0, 0, tzinfo=UTC), "expired"),
        ],
    )
    async def test_is_valid_to_the_end_of_the_last_day_in_shanghai(
        self, world: World, moment: datetime, state: str
    ) -> None:
        await world.hear(world.certificate(valid_to=date(2026, 3, 9)))
        world.clock.at = moment
        assert (await world.see("entries"))["entries"][0]["state"] == state
        assert (await world.see(f"entries/{1:032x}"))["state"] == state

    async def test_begins_with_the_first_day_in_shanghai(self, world: World) -> None:
        await world.hear(world.certificate(valid_from=date(2026, 3, 10)))
        assert (await world.see("entries"))["entries"][0]["state"] == "not_yet_valid"
        world.clock.at = datetime(2026, 3, 9, 16, tzinfo=UTC)
        assert (await world.see("entries"))["entries"][0]["state"] == "valid"

    async def test_is_as_the_authority_says_it_also_after_the_last_day(self, world: World) -> None:
        await world.hear(world.certificate(state="revoked", valid_to=date(2026, 1, 1)))
        assert (await world.see("entries"))["entries"][0]["state"] == "revoked"


class TestOneEntry:
    async def test_shows_its_holder_all_of_it(self, world: World) -> None:
        await world.hear(world.certificate())
        assert await world.see(f"entries/{1:032x}") == {
            "entry_id": f"{1:032x}",
            "version": 1,
            "certificate_type": FOOD,
            "certificate_name": "食品经营许可证",
            "state": "valid",
            "authority": ORGANISATION,
            "authority_name": "郧西县市场监督管理局",
            "issued_at": "2026-03-08T02:30:00Z",
            "valid_from": "2026-03-01",
            "valid_to": "2031-02-28",
            "added_at": "2026-03-09T02:30:00Z",
            "identifier": f"1.2.156.3005.2.{FOOD}.{ORGANISATION}.1.001.X",
            "number": f"{NUMBER}1",
            "holder_name": HOLDER_NAME,
            "id_type": "111",
            "id_number_masked": MASKED,
            "joint_holders": None,
            "fields": {"business_scope": "热食类食品制售 1"},
            "credential": "header.payload.signature~",
            "change": None,
            "state_since": None,
            "order": None,
            "origin": "certificate",
            "card": "licences",
            "expires_in_days": 1817,
            "media_type": None,
            "size": None,
        }

    async def test_of_another_looks_like_none(self, world: World) -> None:
        await world.hear(world.certificate(1, holder=OTHER_HOLDER))
        headers = world.resident() | {"X-Request-Id": "same"}
        theirs = await world.http.get(f"/v1/entries/{1:032x}", headers=headers)
        nobodys = await world.http.get(f"/v1/entries/{2:032x}", headers=headers)
        assert (theirs.status_code, theirs.json()["code"]) == (404, "entry_unknown")
        assert (theirs.json(), theirs.headers) == (nobodys.json(), nobodys.headers)


class TestAccesses:
    async def test_tells_who_asked_for_what_where_why_and_when(self, world: World) -> None:
        await world.hear(world.certificate())
        access_id = (await world.pull(grant=world.grant(case_number="案-1"))).json()["access_id"]
        assert await world.see("accesses") == {
            "accesses": [
                {
                    "access_id": access_id,
                    "operator": "op-0017",
                    "organisation": ORGANISATION,
                    "counter": "3号窗口",
                    "item": ITEM,
                    "purpose": "办理食品经营许可证延续",
                    "case_number": "案-1",
                    "basis": "holder_presented",
                    "action": "pull",
                    "outcome": "pulled",
                    "reason": None,
                    "certificate_types": [FOOD],
                    "uses": [{"need": "food_licence", "form": "whole", "fields": []}],
                    "rule": None,
                    "recorded_at": "2026-03-09T02:30:00Z",
                    "organisation_name": None,
                    "item_name": RENEWAL.name,
                }
            ],
            "next": None,
        }

    async def test_tells_what_the_organisation_and_the_item_are_called(self, world: World) -> None:
        """By the newest name, whatever order the names came in."""
        await world.publish([RENEWAL])
        await world.hear(world.certificate(), world.organisation("郧西县市场监督管理局", version=2))
        await world.pull()
        await world.hear(world.organisation("郧西县工商行政管理局", version=1))
        (access,) = (await world.see("accesses"))["accesses"]
        assert access["organisation_name"] == "郧西县市场监督管理局"
        assert access["item_name"] == RENEWAL.name
        assert (access["organisation"], access["item"]) == (ORGANISATION, ITEM)

    async def test_shows_the_newest_first_since_a_time_and_nobody_elses(self, world: World) -> None:
        await world.hear(world.certificate(1), world.certificate(2, holder=OTHER_HOLDER))
        await world.pull(key="theirs-01", grant=world.grant(sub=OTHER_HOLDER))
        for visit in range(3):
            world.clock.at = NOW + timedelta(minutes=visit)
            await world.pull(key=f"visit-{visit:04}")
        since = (NOW + timedelta(minutes=1)).isoformat()
        times = [one["recorded_at"] for one in (await world.see("accesses", since=since))["accesses"]]
        assert times == ["2026-03-09T02:32:00Z", "2026-03-09T02:31:00Z"]
        first = await world.see("accesses", limit=2)
        rest = await world.see("accesses", limit=2, before=first["next"])
        assert [len(page["accesses"]) for page in (first, rest)] == [2, 1]

    @pytest.mark.parametrize("since", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "yesterday"])
    async def test_refuses_a_time_that_no_calendar_has_everywhere(self, world: World, since: str) -> None:
        answer = await world.http.get("/v1/accesses", headers=world.resident(), params={"since": since})
        assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")


class TestCallers:
    @pytest.mark.parametrize("path", ["entries", f"entries/{1:032x}", "accesses"])
    async def test_operators_machines_and_nobody_see_no_space(self, world: World, path: str) -> None:
        machine = {
            "Authorization": f"Bearer {world.token(kind='machine', client_id='m', scope='entries:read')}"
        }
        answers = [
            await world.http.get(f"/v1/{path}", headers=headers)
            for headers in (world.operator(), machine, {})
        ]
        assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
            (403, "caller_kind_wrong"),
            (403, "caller_kind_wrong"),
            (401, "token_missing"),
        ]

    async def test_with_an_expired_unsigned_or_forged_token_see_nothing(self, world: World) -> None:
        await world.hear(world.certificate())
        past = int(NOW.timestamp()) - 60
        expired = world.resident(iat=past - 600, exp=past)
        unsigned = {
            "Authorization": f"Bearer {world.unsigned(typ='at+jwt', kind='resident', holder_ids=[HOLDER])}"
        }
        grant = {"Authorization": f"Bearer {world.grant()}"}
        answers = [await world.http.get("/v1/entries", headers=one) for one in (expired, unsigned, grant)]
        assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
            (401, "token_expired"),
            (401, "token_rejected"),
            (401, "token_rejected"),
        ]
