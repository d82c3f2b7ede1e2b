"""What holders and partners are told, and when an endpoint is tried again."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.notify.domain import (
    Answer,
    Delivery,
    EventTypeUnknown,
    Pace,
    event_types,
    letter,
    names,
    partner_key,
)
from services.notify.events import AccessRecorded, EntryAdded
from tests.notify.parts import ALICE, BOB, FOOD, PSEUDONYMS, SCHEDULE, an_access, an_entry

AT = datetime(2026, 3, 6, tzinfo=UTC)
PACE = Pace(waits=SCHEDULE, timeout=timedelta(seconds=15), claim=timedelta(seconds=30))
KEY, OTHER = partner_key(PSEUDONYMS, "A"), partner_key(PSEUDONYMS, "B")


def waiting(attempts: int = 0) -> Delivery:
    return Delivery(
        id="e:s",
        subscription_id="s",
        event_id="e",
        type="t",
        body="{}",
        at=AT,
        next_at=AT,
        attempts=attempts,
    )


class TestALetter:
    @pytest.mark.parametrize("heard", [an_entry(), an_access(), an_access(outcome="refused", reason="x")])
    def test_does_not_contain_the_holder_a_name_or_the_internal_subject(self, heard: object) -> None:
        text = letter(heard, KEY)  # type: ignore[arg-type]
        secret = (ALICE, "op-0017", "食品", "郧西", "3号窗口", "entry-1", "access-1", "2031")
        assert [word for word in secret if word in text] == []

    def test_is_a_cloud_event_of_type_state_and_time(self) -> None:
        body = json.loads(letter(an_entry(), KEY))
        assert (body["specversion"], body["id"], body["type"]) == ("1.0", "e1", "space.entry.added.v1")
        assert (body["source"], body["time"]) == ("/space", "2026-03-06T08:15:30.000Z")
        assert set(body["data"]) == {"holder", "state", "certificate_type", "authority"}
        assert set(json.loads(letter(an_access(), KEY))["data"]) == {
            "holder",
            "outcome",
            "item",
            "certificate_types",
        }

    def test_names_one_holder_alike_each_time_and_otherwise_for_each_partner(self) -> None:
        def holder(number: int, holder_id: str, key: bytes) -> str:
            return str(json.loads(letter(an_entry(number, holder_id=holder_id), key))["data"]["holder"])

        assert holder(1, ALICE, KEY) == holder(2, ALICE, KEY) != ALICE
        assert len({holder(1, ALICE, KEY), holder(1, ALICE, OTHER), holder(1, BOB, KEY)}) == 3


class TestTheTypesAskedFor:
    def test_are_kept_once_each(self) -> None:
        assert event_types([EntryAdded.type, EntryAdded.type]) == (EntryAdded.type,)

    @pytest.mark.parametrize("asked", [[], ["space.item.published.v1"], [AccessRecorded.type, ""]])
    def test_that_partners_may_not_hear_are_refused(self, asked: list[str]) -> None:
        with pytest.raises(EventTypeUnknown):
            event_types(asked)


class TestTheNamesLearned:
    def test_are_none_where_an_event_gives_none(self) -> None:
        told = an_entry().event
        assert isinstance(told, EntryAdded)
        assert names([replace(told, authority_name=" ")]) == {FOOD: "食品经营许可证"}


class TestAfterAnAttempt:
    def test_that_was_taken_nothing_follows(self) -> None:
        done = waiting().after(Answer(taken=True, status=204), at=AT, pace=PACE, chance=0)
        assert (done.state, done.attempts, done.last_status) == ("delivered", 1, 204)

    def test_the_endpoints_own_wish_counts_when_it_is_later_than_the_plan(self) -> None:
        def next_at(seconds: float) -> timedelta:
            answer = Answer(status=429, retry_after=timedelta(seconds=seconds))
            return waiting().after(answer, at=AT, pace=PACE, chance=0).next_at - AT

        assert next_at(120) == timedelta(seconds=120)
        assert next_at(1) == timedelta(seconds=5)
        assert next_at(10**9) == timedelta(hours=24)

    def test_jitter_adds_up_to_a_fifth_and_never_takes_away(self) -> None:
        waits = [
            waiting(1).after(Answer(status=500), at=AT, pace=PACE, chance=chance).next_at - AT
            for chance in (0, 0.5, 1)
        ]
        assert waits == [timedelta(seconds=300), timedelta(seconds=330), timedelta(seconds=360)]

    def test_that_was_the_last_it_has_failed(self) -> None:
        done = waiting(len(SCHEDULE)).after(Answer(error="timeout"), at=AT, pace=PACE, chance=0)
        assert (done.state, done.last_error) == ("failed", "timeout")
