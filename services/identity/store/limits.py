"""How often one may ask: slots of a window, taken by the chunk.

Each chunk is one document whose `_id` names who, which window and which chunk, so that whatever number of
processes take slots, no more than the limit are ever given out, and a restart gives none back. What a
process has taken and not used is lost to the others: near the limit one may be refused a little early.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.identity.domain.limits import Limit, LimitKind, Window
from services.kernel.clock import Clock
from services.kernel.store.documents import Collection, Documents, DuplicateKey, Index

# Not at once: a process whose clock is behind still counts in that window.
LIMITS = Collection(name="limits", indexes=(Index(keys=("until",), expire_after=3600),))


@dataclass(slots=True)
class _Slots:
    """What this process has of one caller's window: slots at hand, and chunks not seen taken yet."""

    untaken: dict[str, int]
    left: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class KeptLimits:
    """One window of each kind is remembered: with the next, all that was held of the last is dropped."""

    def __init__(self, documents: Documents, clock: Clock, limits: Mapping[LimitKind, Limit]) -> None:
        self._documents = documents
        self._clock = clock
        self._limits = limits
        self._held: dict[LimitKind, tuple[datetime, dict[str, _Slots]]] = {}

    async def take(self, kind: LimitKind, who: str) -> None:
        """Count one more, or raise `RateLimited`; without the database none is given that was not taken."""
        limit = self._limits[kind]
        now = self._clock.now()
        window = limit.window_at(now)
        slots = self._slots(kind, who, limit, window)
        async with slots.lock:
            if not slots.left:
                slots.left = await self._chunk(slots.untaken, window)
            if not slots.left:
                raise limit.exceeded(at=now)
            slots.left -= 1

    def _slots(self, kind: LimitKind, who: str, limit: Limit, window: Window) -> _Slots:
        begins, held = self._held.get(kind, (None, {}))
        if begins != window.begins:
            held = {}
            self._held[kind] = (window.begins, held)
        if who not in held:
            place = f"{kind}/{who}/{window.begins:%Y-%m-%dT%H:%M}"
            held[who] = _Slots({f"{place}/{number}": size for number, size in limit.chunks.items()})
        return held[who]

    async def _chunk(self, untaken: dict[str, int], window: Window) -> int:
        """Take the next that nobody has; 0 when all are taken."""
        while untaken:
            chunk = next(iter(untaken))
            try:
                await self._documents.insert(LIMITS, {"_id": chunk, "until": window.ends})
            except DuplicateKey:
                # Somebody was here: one read tells how far, instead of a refused write for each chunk.
                for taken in (chunk, *await self._documents.get_many(LIMITS, list(untaken))):
                    untaken.pop(taken, None)
            else:
                return untaken.pop(chunk)
        return 0
