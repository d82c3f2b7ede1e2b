"""A log to play with: its engines, keys and readers; a store that fails when told, and turns for racers."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from hashlib import sha256
from typing import Any

from joserfc.jwk import ECKey

from services.kernel.errors import Stale
from services.kernel.keys.rings import HeldRing
from services.kernel.log.audit import audit
from services.kernel.log.checkpoint import Checkpoint, NoteSigner, checked
from services.kernel.log.leaves import HEADS, LEAVES, Leaf
from services.kernel.log.records import RECORDS
from services.kernel.log.sequencer import Sequencer
from services.kernel.log.tree import Tree
from services.kernel.log.waiting import WAITING, Entry, Waiting
from services.kernel.store.documents import DatabaseUnavailable, Documents
from services.kernel.store.lease import LEASES, Lease
from tests.kernel.things import HandClock

ORIGIN = "yima.example/certs"
COLLECTIONS = (LEAVES, HEADS, WAITING, RECORDS, LEASES)


class Lab:
    """One log, as every process would open it on the same store."""

    def __init__(self, documents: Documents, clock: HandClock | None = None) -> None:
        self.documents = documents
        self.clock = clock or HandClock()
        self.ring = HeldRing({"keys": [key_pair("log-1")]})
        self.tree = Tree(documents)
        self.waiting = Waiting(documents, self.clock)

    async def prepared(self) -> "Lab":
        await self.documents.prepare(COLLECTIONS)
        return self

    def sequencer(self, documents: Documents | None = None) -> Sequencer:
        """As another process would have it; on a store of its own if one is given."""
        store = documents or self.documents
        lease, signer = Lease(store, self.clock), NoteSigner(self.ring, ORIGIN)
        return Sequencer(store, lease, self.clock, origin=ORIGIN, sign=signer.sign, check=self.check)

    async def hand_in(self, *names: str) -> None:
        await self.waiting.submit([entry(name) for name in names])

    async def settle(self, sequencer: Sequencer | None = None) -> None:
        """Until nothing more is to be done, through whatever another process did first."""
        one = sequencer or self.sequencer()
        while await stepped(one):
            pass

    async def leaves(self) -> list[Leaf]:
        return await self.tree.leaves(0, 10**6)

    async def logged(self) -> list[str]:
        """The ce_ids in the order of their places, up to the head."""
        size = (await self.tree.head()).size
        return [leaf.ce_id for leaf in await self.tree.leaves(0, size)]

    def check(self, note: str) -> Checkpoint:
        return checked(note, origin=ORIGIN, jwks=self.ring.published)

    async def audit(self, *known: str) -> int:
        return await audit(self.documents, self.check, known=known)


def key_pair(kid: str) -> dict[str, Any]:
    return dict(ECKey.generate_key("P-256", {"kid": kid}).as_dict(private=True))


async def stepped(sequencer: Sequencer) -> bool:
    try:
        return await sequencer.step()
    except Stale:
        return True


def entry(name: str) -> Entry:
    return Entry(ce_id=name, commitment=sha256(name.encode()).digest())


def names(count: int, start: int = 0) -> list[str]:
    return [f"event-{number}" for number in range(start, start + count)]


class Broken:
    """A store that fails at its k-th write, as a kill would end it: before it, after it, or half way."""

    def __init__(self, documents: Documents, *, at: int, how: str) -> None:
        self._documents = documents
        self._left = at
        self._how = how
        self.failed = False

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the contract has
        found = getattr(self._documents, name)
        if name not in {"insert", "insert_in_order", "insert_many", "update", "delete"}:
            return found
        return self._breaking(name, found)

    def _breaking(self, name: str, write: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def breaks(collection: object, what: Any, **more: object) -> object:  # noqa: ANN401 - the same
            if self.failed:
                raise DatabaseUnavailable("this process is dead")
            self._left -= 1
            if self._left:
                return await write(collection, what, **more)
            self.failed = True
            if self._how == "half" and name.startswith("insert_"):
                await write(collection, what[: len(what) // 2], **more)
            elif self._how != "before":
                await write(collection, what, **more)
            raise DatabaseUnavailable("told to fail")

        return breaks


class Turns:
    """Several works at once, of which a schedule says whose next operation on the store is done."""

    def __init__(self, schedule: Iterator[int]) -> None:
        self._schedule = schedule
        self._blocked: dict[int, list[asyncio.Future[None]]] = {}

    def store(self, documents: Documents, racer: int) -> Any:  # noqa: ANN401 - a store that waits its turn
        turns = self

        class Waits:
            def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the contract has
                found = getattr(documents, name)

                async def waits(*args: object, **more: object) -> object:
                    turn = asyncio.get_running_loop().create_future()
                    turns._blocked.setdefault(racer, []).append(turn)
                    await turn
                    return await found(*args, **more)

                return waits

        return Waits()

    async def play(self, works: Sequence[Awaitable[object]]) -> None:
        tasks = [asyncio.ensure_future(one) for one in works]
        while not all(task.done() for task in tasks):
            for _ in range(10):  # until each stands before its next operation
                await asyncio.sleep(0)
            if ready := sorted(racer for racer, turns in self._blocked.items() if turns):
                self._blocked[ready[next(self._schedule) % len(ready)]].pop(0).set_result(None)
        for task in tasks:
            task.result()
