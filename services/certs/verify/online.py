"""The check beside the register: the status is the record's own, of this moment, and never from memory."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from services.certs.domain import Status
from services.certs.domain.verification import Found, NotRecorded, Presented, StatusUnreachable, Verification
from services.certs.proof import Addresses, Reading, Seals, Slot, Trust
from services.certs.verify.by_code import judge_code
from services.certs.verify.facing import Terms
from services.certs.verify.judging import judge
from services.certs.verify.presented import open_presented
from services.kernel.clock import Clock

# What was read for this very question is never too old.
_MOST_AGE = timedelta(minutes=5)
# Threads: more than these would keep the loop from those who wait for something else.
AT_ONCE = 2
T = TypeVar("T")


class OfRecord:
    """Statuses as the record of one certificate has them."""

    def __init__(self, found: Found, addresses: Addresses) -> None:
        self._found, self._addresses = found, addresses

    def find(self, slot: Slot, *, issuer: str, at: datetime) -> Reading:  # noqa: ARG002 - as `Statuses` has it
        """StatusUnreachable, NotRecorded."""
        if not self._found.reached:
            raise StatusUnreachable("the register does not answer")
        if (status := self._status(slot, issuer)) is None:
            raise NotRecorded("no edition on record has this place in a status list")
        return Reading(status=status, made_at=self._found.at)

    def _status(self, slot: Slot, issuer: str) -> Status | None:
        record = self._found.record
        if record is None or self._addresses.issuer(record.authority) != issuer:
            return None
        for edition in record.editions:
            uri = self._addresses.status_list(edition.status_list)
            if (uri, edition.index) == (slot.uri, slot.index):
                return record.status_of(edition)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineChecks:
    """Keeps `ports.Checks`. Checks run in threads, a few at once: files of strangers take their time."""

    trust: Trust
    seals: Seals
    addresses: Addresses
    clock: Clock
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def open(self, content: bytes) -> Presented:
        """See `open_presented`."""
        return await self._in_turn(lambda: open_presented(content, [self.seals.root], at=self.clock.now()))

    async def judge(self, presented: Presented, found: Found) -> Verification:
        """By the keys and the seals of this moment."""
        if presented.kind == "code":
            return judge_code(found, at=self.clock.now())
        return await self._in_turn(
            partial(
                judge,
                presented,
                trust=self.trust,
                statuses=OfRecord(found, self.addresses),
                at=self.clock.now(),
                most_age=_MOST_AGE,
                terms=Terms(kind=found.type, exact=True) if found.type else None,
                seal_dead=self.seals.is_dead,
            )
        )

    async def _in_turn(self, work: Callable[[], T]) -> T:
        async with self.turns:
            return await asyncio.to_thread(work)
