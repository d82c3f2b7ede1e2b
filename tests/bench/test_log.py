"""The log's measurement runs, and is about what it says."""

import pytest

from bench import log


@pytest.mark.real
class TestTheLogsFigures:
    async def test_are_measured_beside_the_engine(self, mongo_url: str) -> None:
        rate, bare, gap, proofs = await log.measure(mongo_url, leaves=600)
        assert rate.ratio is not None
        assert bare.unit == rate.unit == proofs.unit == "/s"
        assert gap.aim == log.AIM_GAP_MS
        assert all(one.value > 0 for one in (rate, bare, gap, proofs))
