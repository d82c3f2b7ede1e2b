"""How often anybody may ask, and how much is in hand at once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from services.certs.api import CallerLimits, Uploads
from services.certs.api.callers import _MOST_CALLERS
from services.certs.domain.verification import (
    PresentedTooLarge,
    PresentedTooSlow,
    VerifyingBusy,
    VerifyingTooOften,
)

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


class MovedClock:
    at = NOW

    def now(self) -> datetime:
        return self.at

    def new_id(self) -> str:
        return "0" * 32


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


class TestACaller:
    def test_waits_for_the_rest_of_the_minute_that_began_with_the_first_call(self) -> None:
        clock = MovedClock()
        limits = CallerLimits(clock, a_minute=2)
        limits.take("10.0.0.1")
        clock.at += timedelta(seconds=40)
        limits.take("10.0.0.1")
        with pytest.raises(VerifyingTooOften) as refused:
            limits.take("10.0.0.1")
        assert refused.value.retry_after == 20
        limits.take("10.0.0.2")
        clock.at += timedelta(seconds=20)
        limits.take("10.0.0.1")

    def test_of_ipv6_is_its_whole_network(self) -> None:
        limits = CallerLimits(MovedClock(), a_minute=1)
        limits.take("2001:db8:1:2::1")
        with pytest.raises(VerifyingTooOften):
            limits.take("2001:db8:1:2:ffff::9")
        limits.take("2001:db8:1:3::1")

    def test_of_ipv4_is_the_same_written_as_ipv6(self) -> None:
        limits = CallerLimits(MovedClock(), a_minute=1)
        limits.take("10.0.0.1")
        with pytest.raises(VerifyingTooOften):
            limits.take("::ffff:10.0.0.1")

    def test_is_let_in_after_a_clock_that_was_set_back(self) -> None:
        clock = MovedClock()
        limits = CallerLimits(clock, a_minute=1)
        limits.take("10.0.0.1")
        clock.at -= timedelta(hours=1)
        limits.take("10.0.0.1")

    def test_is_one_of_a_bounded_number_that_are_remembered(self) -> None:
        limits = CallerLimits(MovedClock(), a_minute=1)
        for number in range(_MOST_CALLERS + 5):
            limits.take(f"host-{number}")
        assert len(vars(limits)["_windows"]) == _MOST_CALLERS


class TestABody:
    async def test_is_read_up_to_its_bound_and_not_a_byte_further(self) -> None:
        uploads = Uploads(at_once=1, largest=4, within=timedelta(seconds=30))
        async with uploads.read(pieces(b"ab", b"cd"), address="10.0.0.1") as body:
            assert body == b"abcd"
        taken: list[int] = []

        async def endless() -> AsyncIterator[bytes]:
            while True:
                taken.append(1)
                yield b"xyz"

        with pytest.raises(PresentedTooLarge):
            async with uploads.read(endless(), address="10.0.0.1"):
                pass
        assert len(taken) == 2

    async def test_gives_its_room_back_however_it_ends(self) -> None:
        uploads = Uploads(at_once=1, largest=4, within=timedelta(seconds=30))
        for parts in ((b"12345",), (b"12",)):
            try:
                async with uploads.read(pieces(*parts), address="10.0.0.1"):
                    with pytest.raises(VerifyingBusy):
                        async with uploads.read(pieces(), address="10.0.0.1"):
                            pass
            except PresentedTooLarge:
                continue
        async with uploads.read(pieces(b"ok"), address="10.0.0.1") as body:
            assert body == b"ok"

    async def test_that_does_not_come_is_not_waited_for(self) -> None:
        uploads = Uploads(at_once=1, largest=4, within=timedelta(milliseconds=1))

        async def never() -> AsyncIterator[bytes]:
            await asyncio.Event().wait()
            yield b""

        with pytest.raises(PresentedTooSlow):
            async with uploads.read(never(), address="10.0.0.1"):
                pass
        async with uploads.read(pieces(b"ok"), address="10.0.0.1") as body:
            assert body == b"ok"

    async def test_is_one_of_two_that_arrive_from_a_caller_so_that_others_have_room(self) -> None:
        uploads = Uploads(at_once=4, largest=4, within=timedelta(seconds=30))
        gate, begun = asyncio.Event(), asyncio.Semaphore(0)

        async def trickle(address: str) -> bytes:
            async def slowly() -> AsyncIterator[bytes]:
                begun.release()
                await gate.wait()
                yield b"ok"

            async with uploads.read(slowly(), address=address) as body:
                return body

        two = [asyncio.create_task(trickle(f"2001:db8:1:2::{number}")) for number in (1, 2)]
        for _ in two:
            await begun.acquire()
        with pytest.raises(VerifyingTooOften) as refused:
            await trickle("2001:db8:1:2::3")
        assert refused.value.retry_after
        async with uploads.read(pieces(b"ok"), address="10.0.0.1") as body:
            assert body == b"ok"
        gate.set()
        assert await asyncio.gather(*two, trickle("2001:db8:1:2::3")) == [b"ok"] * 3
        assert not vars(uploads)["_arriving"]
