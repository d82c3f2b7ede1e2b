"""The measurement of a large space runs, and says what it is held against."""

import pytest

from bench import archive


@pytest.mark.real
class TestTheArchive:
    async def test_is_measured_beside_the_engine_and_in_pages(self, mongo_url: str) -> None:
        applied, *pages = await archive.measure(mongo_url, entries=400)
        assert applied.bare is not None
        assert applied.aim is not None
        assert applied.aim.bound == archive.AIM_RATE * applied.bare
        assert [one.aim for one in pages] == [None, archive.AIM_PAGE_P99, None, None]
        assert all(one.value > 0 for one in (applied, *pages))
