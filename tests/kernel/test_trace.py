"""One trace from a request to the events it gives rise to, and on."""

import asyncio
import re

import pytest

from services.kernel.trace import begun, follow, traceparent

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
SHAPE = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01")


class TestFollow:
    def test_works_under_the_trace_of_the_header_and_no_longer(self) -> None:
        with follow(TRACE):
            assert traceparent() == TRACE
        assert traceparent() == ""

    @pytest.mark.parametrize(
        "header",
        [
            "",
            "00",
            TRACE.upper(),
            TRACE + "-more",
            TRACE.replace("00-", "ff-"),
            "00-" + "0" * 32 + "-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-" + "0" * 16 + "-01",
            TRACE + "\n",
        ],
    )
    def test_begins_a_new_trace_for_one_that_is_misshapen(self, header: str) -> None:
        with follow(header):
            assert SHAPE.fullmatch(traceparent())
            assert traceparent() != header

    def test_gives_back_the_outer_trace(self) -> None:
        with follow(TRACE):
            with follow(begun()):
                assert traceparent() != TRACE
            assert traceparent() == TRACE

    async def test_is_known_to_the_tasks_it_starts_and_to_no_other(self) -> None:
        async def seen() -> str:
            await asyncio.sleep(0)
            return traceparent()

        outside = asyncio.ensure_future(seen())
        with follow(TRACE):
            inside = asyncio.ensure_future(seen())
            assert await inside == TRACE
        assert await outside == ""


def test_no_two_traces_are_alike() -> None:
    assert len({begun() for _ in range(100)}) == 100
