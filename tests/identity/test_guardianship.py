"""Guardianship ends at eighteen, whether or not the child was ever registered."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.identity.domain.mandates import MandateEnded
from services.identity.events import Representation
from services.identity.handlers.bearers import mandate_in_force
from tests.identity.office import ENTERPRISE, Json, Office
from tests.identity.test_mandates import (
    AGENT,
    CHILD,
    NOBODY,
    PAPERS,
    STRANGER,
    hear,
    issued,
    mandates_kept,
    number,
    world_of,
)

# CHILD is born on 2015-01-01; this one on the last day of February of a leap year.
LEAP = {"id_type": "111", "id_number": number("42032220120229105")}
GROWN_TODAY = {"id_type": "111", "id_number": number("42032220080301105")}
GROWN_TOMORROW = {"id_type": "111", "id_number": number("42032220080302107")}
TAIWAN = {"id_type": "511", "id_number": "12345678"}
MIDNIGHT_OF_2033 = datetime(2032, 12, 31, 16, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


async def ask(office: Office, principal: Json, **said: Any) -> httpx.Response:
    """At the counter, whose clock stands at 16:00 on 2026-03-01."""
    named = {name: principal[name] for name in ("id_type", "id_number")}
    body = PAPERS | {"principal": named} | said
    return await office.call(
        "POST", "/v1/mandates:checked", await office.operator("w007", "registrar"), json=body
    )


async def until_of(office: Office, principal: Json, **said: Any) -> datetime:
    """When the one mandate that comes of it ends."""
    answer = await ask(office, principal, **said)
    assert answer.status_code == 201, answer.text
    (kept,) = mandates_kept(office)
    end: datetime = kept["until"]
    return end


class TestCheckedAtACounter:
    @pytest.mark.parametrize("who", [NOBODY, GROWN_TODAY])
    async def test_nobody_is_guardian_of_who_is_of_age_registered_or_not(
        self, office: Office, who: Json
    ) -> None:
        before = await ask(office, who)
        await office.holder_id(who | {"name": "谢未登"})
        after = await ask(office, who, until="2026-12-31T00:00:00Z")
        for answer in (before, after):
            assert (answer.status_code, answer.json()["code"]) == (422, "guardianship_over")
        assert before.json()["detail"] == after.json()["detail"]
        assert mandates_kept(office) == []

    @pytest.mark.parametrize(
        ("child", "end"),
        [
            (CHILD, MIDNIGHT_OF_2033),
            (LEAP, datetime(2030, 2, 28, 16, 0, tzinfo=UTC)),  # 2030 has no 29 February
            (GROWN_TOMORROW, datetime(2026, 3, 1, 16, 0, tzinfo=UTC)),
        ],
    )
    async def test_ends_with_the_first_moment_of_the_eighteenth_birthday_in_china(
        self, office: Office, child: Json, end: datetime
    ) -> None:
        assert await until_of(office, child) == end

    @pytest.mark.parametrize(
        ("said", "kept"),
        [
            ("2030-06-01T00:00:00Z", datetime(2030, 6, 1, tzinfo=UTC)),
            ("2090-01-01T00:00:00Z", MIDNIGHT_OF_2033),
        ],
    )
    async def test_ends_sooner_where_the_papers_say_so_and_never_later(
        self, office: Office, said: str, kept: datetime
    ) -> None:
        assert await until_of(office, CHILD, until=said) == kept

    async def test_needs_an_end_where_the_number_tells_no_birth_date(self, office: Office) -> None:
        answer = await ask(office, TAIWAN)
        assert (answer.status_code, answer.json()["code"]) == (422, "guardianship_end_missing")
        assert await until_of(office, TAIWAN, until="2030-06-01T00:00:00Z") == datetime(
            2030, 6, 1, tzinfo=UTC
        )

    async def test_is_of_a_person(self, office: Office) -> None:
        answer = await ask(office, ENTERPRISE, until="2030-06-01T00:00:00Z")
        assert (answer.status_code, answer.json()["code"]) == (422, "mandate_impossible")

    async def test_cannot_begin_after_it_has_ended(self, office: Office) -> None:
        answer = await ask(office, CHILD, since="2033-01-01T00:00:00Z")
        assert answer.json()["code"] == "mandate_impossible"

    async def test_leaves_the_other_roles_as_they_were(self, office: Office) -> None:
        assert await until_of(office, NOBODY, role="agent") is None

    async def test_ends_at_eighteen_also_where_the_child_was_never_registered(self, office: Office) -> None:
        made = (await ask(office, CHILD)).json()["mandate_id"]
        guardian = await office.holder_id(AGENT)
        office.clock.at = MIDNIGHT_OF_2033 - SECOND
        await mandate_in_force(world_of(office), made, agents=(guardian,))
        office.clock.at = MIDNIGHT_OF_2033
        with pytest.raises(MandateEnded):
            await mandate_in_force(world_of(office), made, agents=(guardian,))


def guardian(holder_id: str, until: date | None = None) -> dict[str, Any]:
    """What a page of a household register says."""
    return {"represents": (Representation(holder_id=holder_id, role="guardian", until=until),)}


class TestByCertificate:
    @pytest.mark.parametrize(
        ("until", "valid_to", "end"),
        [
            (date(2033, 1, 1), None, MIDNIGHT_OF_2033),
            (date(2033, 1, 1), date(2040, 12, 31), MIDNIGHT_OF_2033),
            (date(2033, 1, 1), date(2030, 12, 31), datetime(2030, 12, 31, 16, 0, tzinfo=UTC)),
        ],
    )
    async def test_ends_when_the_certificate_says_or_with_it(
        self, office: Office, until: date, valid_to: date | None, end: datetime
    ) -> None:
        a, child = await office.holder_id(AGENT), world_of(office).name_holder("111", CHILD["id_number"])
        await hear(office, issued(1, child, **guardian(a, until), valid_to=valid_to))
        (kept,) = mandates_kept(office)
        assert kept["until"] == end
        await mandate_in_force(world_of(office), kept["_id"], agents=(a,))
        office.clock.at = end
        with pytest.raises(MandateEnded):
            await mandate_in_force(world_of(office), kept["_id"], agents=(a,))

    async def test_follows_a_later_version_that_says_another_end(self, office: Office) -> None:
        child, a = "C" * 26, "A" * 26
        await hear(
            office,
            issued(1, child, **guardian(a, date(2033, 1, 1))),
            issued(2, child, **guardian(a, date(2032, 1, 1))),
        )
        (kept,) = mandates_kept(office)
        assert kept["until"] == datetime(2031, 12, 31, 16, 0, tzinfo=UTC)
        said = await office.said("identity-mandate")
        assert [one["until"] for one in said[-2:]] == ["2031-12-31T16:00:00Z"] * 2

    async def test_without_an_end_is_worth_nothing_while_the_child_is_not_registered(
        self, office: Office
    ) -> None:
        """Nobody knows how old a derived id is: neither before the registration nor after an erasure."""
        a, world = await office.holder_id(AGENT), world_of(office)
        await hear(office, issued(1, world.name_holder("111", CHILD["id_number"]), **guardian(a)))
        (kept,) = mandates_kept(office)
        with pytest.raises(MandateEnded):
            await mandate_in_force(world, kept["_id"], agents=(a,))
        child = await office.holder_id(CHILD)
        await mandate_in_force(world, kept["_id"], agents=(a,))
        assert (await office.call("POST", "/v1/me/erasure", await office.resident(child))).status_code == 200
        with pytest.raises(MandateEnded):
            await mandate_in_force(world, kept["_id"], agents=(a,))

    async def test_leaves_a_legal_representative_as_it_was(self, office: Office) -> None:
        a = await office.holder_id(STRANGER)
        await hear(office, issued(1, "F" * 26, a))
        (kept,) = mandates_kept(office)
        assert kept["until"] is None
        await mandate_in_force(world_of(office), kept["_id"], agents=(a,))
