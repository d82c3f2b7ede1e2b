"""The measurement of issuing runs, and says what it is held against."""

import pytest

from bench import issuing


@pytest.mark.real
class TestIssuing:
    async def test_is_measured_beside_the_engine(self, mongo_url: str) -> None:
        single, bulk = await issuing.measure(mongo_url, count=1_000)
        for one in (single, bulk):
            assert one.value > 0
            assert one.aim is not None
            assert one.bare is not None
            assert one.aim.bound == issuing.AIM * one.bare
