"""Who may ask how often, and how much is in hand at once, where anybody may ask without a token.

In the memory of the process, and not in the store as where somebody could guess an ID number: a verification
has to be answered while the store is away, and a printed code has 72 bits. Two processes allow twice as much.
"""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from services.certs.domain.verification import (
    PresentedTooLarge,
    PresentedTooSlow,
    VerifyingBusy,
    VerifyingTooOften,
)
from services.kernel.clock import Clock

_WINDOW = timedelta(minutes=1)
# Callers of one minute that are remembered: a few megabytes. Of more the one that came first is forgotten.
_MOST_CALLERS = 20_000
# Whoever has an IPv6 address has all 2**64 of its network.
_NETWORK_BITS = 64
# Of one caller that are still arriving: who lets bodies trickle in by more would take the room of everybody.
_OF_ONE = 2
_AGAIN_S = 5


class CallerLimits:
    """So many in each minute of a caller's own; a window begins with its first call."""

    def __init__(self, clock: Clock, *, a_minute: int) -> None:
        self._clock, self._most = clock, a_minute
        self._windows: OrderedDict[str, tuple[datetime, int]] = OrderedDict()

    def take(self, address: str) -> None:
        """Count one more, or raise VerifyingTooOften."""
        caller, now = _caller(address), self._clock.now()
        begun, taken = self._windows.get(caller, (now, 0))
        if now - begun >= _WINDOW or now < begun:
            begun, taken = now, 0
            self._windows.pop(caller, None)
        if taken >= self._most:
            left = -((now - begun - _WINDOW) // timedelta(seconds=1))
            raise VerifyingTooOften(f"{self._most} a minute is the most", retry_after=left)
        self._windows[caller] = begun, taken + 1
        if len(self._windows) > _MOST_CALLERS:
            self._windows.popitem(last=False)


class Uploads:
    """Bodies that are read and worked on at once: their number times their size is the memory they take."""

    def __init__(self, *, at_once: int, largest: int, within: timedelta) -> None:
        self._at_once, self._largest, self._within_s = at_once, largest, within.total_seconds()
        self._in_hand = 0
        self._arriving: Counter[str] = Counter()

    @asynccontextmanager
    async def read(self, pieces: AsyncIterator[bytes], *, address: str) -> AsyncIterator[bytes]:
        """Give the whole body; PresentedTooLarge, PresentedTooSlow, VerifyingBusy, VerifyingTooOften."""
        if self._in_hand >= self._at_once:
            raise VerifyingBusy(f"{self._at_once} are in hand")
        self._in_hand += 1
        try:
            yield await self._arrived(pieces, _caller(address))
        finally:
            self._in_hand -= 1

    async def _arrived(self, pieces: AsyncIterator[bytes], caller: str) -> bytes:
        if self._arriving[caller] >= _OF_ONE:
            raise VerifyingTooOften(f"{_OF_ONE} of this caller are still arriving", retry_after=_AGAIN_S)
        self._arriving[caller] += 1
        try:
            return await self._whole(pieces)
        finally:
            # Whoever has none is not remembered.
            self._arriving -= Counter({caller: 1})

    async def _whole(self, pieces: AsyncIterator[bytes]) -> bytes:
        body = bytearray()
        try:
            async with asyncio.timeout(self._within_s):
                async for piece in pieces:
                    body += piece
                    if len(body) > self._largest:
                        raise PresentedTooLarge(f"{self._largest} bytes at most are read")
        except TimeoutError as error:
            raise PresentedTooSlow(f"it did not arrive within {self._within_s:.0f} s") from error
        return bytes(body)


def _caller(address: str) -> str:
    try:
        found = ip_address(address)
    except ValueError:  # reason: a test's transport has no address, a socket of the machine has a name
        return address
    if not isinstance(found, IPv6Address):
        return address
    return (
        f"{int(found) >> (128 - _NETWORK_BITS):x}/{_NETWORK_BITS}"
        if not found.ipv4_mapped
        else str(found.ipv4_mapped)
    )
