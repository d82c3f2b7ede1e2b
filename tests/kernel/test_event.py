"""Events on the wire: CloudEvents 1.0 in Kafka's binary mode, exact writers, tolerant readers."""

from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from services.kernel.event import EventMalformed, decode, entry, event_id, record
from tests.kernel.things import NOON, ThingBroken, ThingMoved, moved, sent, with_headers

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class TestRecord:
    def test_is_cloudevents_in_binary_mode(self) -> None:
        made = record(entry(moved("t1", 3), version=3, at=NOON, traceparent=TRACE))
        assert (made.topic, made.key) == ("toys-thing", "h")
        assert made.value == b'{"thing_id":"t1","version":3,"holder_id":"h"}'
        assert dict(made.headers) == {
            "ce_specversion": b"1.0",
            "ce_id": event_id(moved("t1", 3), version=3).encode(),
            "ce_type": b"toys.thing.moved.v1",
            "ce_source": b"/toys",
            "ce_subject": b"t1",
            "ce_time": b"2026-11-23T04:00:00.125Z",
            "content-type": b"application/json",
            "traceparent": TRACE.encode(),
        }

    def test_leaves_out_a_trace_that_there_is_not(self) -> None:
        assert "traceparent" not in dict(sent(moved("t1")).headers)

    def test_says_its_time_in_utc_wherever_it_was_made(self) -> None:
        at = NOON.astimezone(timezone(timedelta(hours=8)))
        assert entry(moved("t1"), version=1, at=at).time == "2026-11-23T04:00:00.125Z"

    def test_shows_header_bytes_that_are_no_text_as_such(self) -> None:
        assert replace(sent(moved("t1")), headers=(("ce_id", b"\xff"),)).header("ce_id") == "\ufffd"


class TestEventId:
    def test_is_the_same_at_every_repetition(self) -> None:
        assert event_id(moved("t1"), version=1) == event_id(moved("t1"), version=1)

    def test_differs_by_type_aggregate_key_and_version(self) -> None:
        others = {
            event_id(moved("t1"), version=1),
            event_id(moved("t1"), version=2),
            event_id(moved("t2"), version=1),
            event_id(moved("t1", holder_id="k"), version=1),
            event_id(ThingBroken(thing_id="t1", version=1), version=1),
        }
        assert len(others) == 5

    def test_is_not_fooled_by_where_one_field_ends(self) -> None:
        one, other = moved("ab", holder_id="c"), moved("a", holder_id="bc")
        assert event_id(one, version=1) != event_id(other, version=1)


class TestDecode:
    def test_gives_the_event_and_its_envelope(self) -> None:
        heard = decode(ThingMoved, sent(moved("t1", 2), version=2))
        assert heard.event == moved("t1", 2)
        assert (heard.id, heard.type) == (event_id(moved("t1", 2), version=2), ThingMoved.type)
        assert (heard.source, heard.subject, heard.time) == ("/toys", "t1", NOON)

    def test_passes_over_fields_that_it_does_not_know(self) -> None:
        later = replace(sent(moved("t1")), value=b'{"thing_id":"t1","version":1,"colour":{"r":[1]}}')
        assert decode(ThingMoved, later).event == moved("t1")

    @pytest.mark.parametrize(
        "value",
        [
            b"",
            b"null",
            b"[]",
            b"{",
            b"{}",
            b'{"thing_id":"t1","version":"1"}',
            b'{"thing_id":"t1","version":null}',
            b'{"thing_id":"\xff","version":1}',
            b'{"thing_id":"t1","version":1,"deep":' + b"[" * 100_000,
        ],
    )
    def test_calls_a_body_that_is_not_the_types_malformed(self, value: bytes) -> None:
        with pytest.raises(EventMalformed):
            decode(ThingMoved, replace(sent(moved("t1")), value=value))

    @pytest.mark.parametrize("name", ["ce_id", "ce_subject", "ce_time"])
    @pytest.mark.parametrize("value", [None, ""])
    def test_calls_a_record_without_its_envelope_malformed(self, name: str, value: str | None) -> None:
        with pytest.raises(EventMalformed, match=name):
            decode(ThingMoved, with_headers(sent(moved("t1")), **{name: value}))

    @pytest.mark.parametrize(
        "time", ["yesterday", "2026-02-30T00:00:00Z", "2026-11-23T04:00:00", "0001-01-01T00:00:00+14:00"]
    )
    def test_calls_a_time_that_is_none_malformed(self, time: str) -> None:
        with pytest.raises(EventMalformed):
            decode(ThingMoved, with_headers(sent(moved("t1")), ce_time=time))

    def test_does_not_repeat_a_value_in_its_refusal(self) -> None:
        private = replace(sent(moved("t1")), value=b'{"thing_id":"t1","version":"11010519491231002X"}')
        with pytest.raises(EventMalformed) as refusal:
            decode(ThingMoved, private)
        assert "1101" not in str(refusal.value)
