"""Carries deliveries from memory to their endpoints: a lane each, so that none holds up another."""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from services.kernel.errors import Unavailable
from services.kernel.store.lease import Lease
from services.notify.domain import Delivery

log = logging.getLogger("yima.webhooks")

LANE_LIMIT = 2_000  # deliveries in memory for one endpoint: about 3 MB
SWEEP_EVERY_S = 1.0
LEASE_S = 5

Attempt = Callable[[Delivery], Awaitable[bool]]


@dataclass(slots=True)
class Lane:
    """One endpoint's own; one that is not well gets one try at a time."""

    waiting: deque[Delivery] = field(default_factory=deque)
    running: int = 0
    well: bool = True


class LaneCourier:
    """At most `at_once` tries at a time, `per_endpoint` for one endpoint, and lanes take turns.

    Endpoints that are not well have half of the tries together: however many hang, the others go on.
    """

    def __init__(self, attempt: Attempt, *, at_once: int, per_endpoint: int) -> None:
        self._attempt = attempt
        self._at_once = at_once
        self._per_endpoint = per_endpoint
        self._lanes: defaultdict[str, Lane] = defaultdict(Lane)
        self._turns: deque[str] = deque()
        self._running = self._running_unwell = 0
        self._woken = asyncio.Event()

    def room(self, subscription_id: str) -> int:
        """How many more its lane takes."""
        return LANE_LIMIT - len(self._lanes[subscription_id].waiting)

    def idle(self, subscription_id: str) -> bool:
        """Whether nothing waits in its lane."""
        return not self._lanes[subscription_id].waiting

    def offer(self, delivery: Delivery) -> None:
        """Take it along, if there is room."""
        if self.room(delivery.subscription_id) > 0:
            self._lanes[delivery.subscription_id].waiting.append(delivery)
            self._queue(delivery.subscription_id)

    @property
    def at_rest(self) -> bool:
        """Whether nothing waits in memory and no try runs."""
        return not self._running and all(not lane.waiting for lane in self._lanes.values())

    async def deliver_forever(self) -> None:
        """Start tries as fast as the limits let it."""
        async with asyncio.TaskGroup() as tries:
            while True:
                self._woken.clear()
                while self._running < self._at_once and (turn := self._next_turn()):
                    self._start(tries, turn)
                await self._woken.wait()

    async def sweep_forever(self, sweep: Callable[[], Awaitable[int]], lease: Lease) -> None:
        """Look for what is due, if this process holds the lease (design.md, law 9)."""
        while True:
            try:
                if await lease.hold("deliveries", seconds=LEASE_S):
                    await sweep()
            except Unavailable as error:
                log.warning("the sweep waits", extra={"reason": error.code})
            await asyncio.sleep(SWEEP_EVERY_S)

    def _queue(self, subscription_id: str) -> None:
        """Let a lane that has something to do, and may, take its turn."""
        lane = self._lanes[subscription_id]
        limit = self._per_endpoint if lane.well else 1
        if lane.waiting and lane.running < limit and subscription_id not in self._turns:
            self._turns.append(subscription_id)
            self._woken.set()

    def _next_turn(self) -> str | None:
        for _ in range(len(self._turns)):
            turn = self._turns.popleft()
            if self._lanes[turn].well or self._running_unwell < max(1, self._at_once // 2):
                return turn
            self._turns.append(turn)
        return None

    def _start(self, tries: asyncio.TaskGroup, subscription_id: str) -> None:
        lane = self._lanes[subscription_id]
        delivery = lane.waiting.popleft()
        lane.running += 1
        self._running += 1
        self._running_unwell += not lane.well
        tries.create_task(self._try(lane, delivery, was_well=lane.well))
        self._queue(subscription_id)

    async def _try(self, lane: Lane, delivery: Delivery, *, was_well: bool) -> None:
        try:
            lane.well = await self._attempt(delivery)
        except Unavailable as error:
            log.warning("a delivery waits for a sweep", extra={"reason": error.code})
        except Exception:  # reason: a defect with one delivery must not end the others
            log.exception("a try failed", extra={"delivery_id": delivery.id})
        finally:
            lane.running -= 1
            self._running -= 1
            self._running_unwell -= not was_well
            self._queue(delivery.subscription_id)
            self._woken.set()
