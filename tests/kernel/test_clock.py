"""Time and ids that come in through the door."""

import uuid
from datetime import UTC, date, datetime

import pytest

from services.kernel.clock import SystemClock, civil_date


class TestSystemClock:
    def test_tells_utc_in_whole_milliseconds(self) -> None:
        now = SystemClock().now()
        assert now.tzinfo is UTC
        assert now.microsecond % 1000 == 0

    def test_makes_uuids_of_version_7(self) -> None:
        made = SystemClock().new_id()
        parsed = uuid.UUID(made)
        assert (len(made), parsed.hex) == (32, made)
        assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)

    def test_never_makes_the_same_id_twice(self) -> None:
        clock = SystemClock()
        assert len({clock.new_id() for _ in range(1000)}) == 1000

    def test_makes_ids_that_sort_by_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        times = [1_700_000_000_000_000_000 + step * 1_000_000 for step in (0, 1, 2, 10**6, 10**9)]
        left = iter(times)
        monkeypatch.setattr("services.kernel.clock.time.time_ns", lambda: next(left))
        made = [SystemClock().new_id() for _ in times]
        assert made == sorted(made)

    def test_says_in_an_id_when_it_was_made(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("services.kernel.clock.time.time_ns", lambda: 1_645_557_742_000_000_000)
        assert SystemClock().new_id()[:12] == "017f22e279b0"  # the example of RFC 9562, A.6


class TestCivilDate:
    def test_is_the_day_on_the_wall_in_china(self) -> None:
        assert civil_date(datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC)) == date(2026, 11, 22)
        assert civil_date(datetime(2026, 11, 22, 16, 0, tzinfo=UTC)) == date(2026, 11, 23)
