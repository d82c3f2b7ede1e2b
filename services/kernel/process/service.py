"""One process of a service: HTTP, relay, hearing and loops, started in any order and stopped together."""

import asyncio
import logging
import os
import signal
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, Protocol

import uvicorn
from fastapi import APIRouter, FastAPI

from services.kernel.errors import Unavailable
from services.kernel.keys.rings import FileRing
from services.kernel.keys.tokens import TokenChecker
from services.kernel.outbox.relay import Relay
from services.kernel.store.documents import Collection, Documents
from services.kernel.stream.broadcast import Broadcast
from services.kernel.stream.freshness import Freshness
from services.kernel.stream.hearing import Listener
from services.kernel.web.http import create_app

log = logging.getLogger("yima.service")

Part = Literal["api", "stream", "all"]
PREPARE_PAUSE_S = 0.5
# Five seconds in all: two for the requests in hand, three for hearing and relay.
SHUTDOWN_S = 2
# Longer than a client or a proxy keeps an idle connection (nginx 60 s): at uvicorn's 5 s requests were lost.
KEEP_ALIVE_S = 75
STOP_S, DRAIN_S = 3, 2
# Less than what `TokenChecker` waits for: no request then waits for keys.
KEYS_EVERY_S = 240
RINGS_EVERY_S = 3


class Hearing(Protocol):
    """What brings a service the events it hears."""

    @property
    def caught_up(self) -> bool:
        """Whether all that was on the topics at the start has been dealt with."""
        ...

    async def hear_forever(self) -> None:
        """Run until cancelled."""
        ...

    async def watch_forever(self) -> None:
        """Learn when other processes have caught up, and hear nothing: for one that only answers requests."""
        ...


@dataclass(kw_only=True)
class Service:
    """What `app.py` puts together; one that hears nothing has no hearing: Faust needs an agent."""

    name: str
    documents: Documents
    collections: Sequence[Collection]
    relay: Relay
    routers: Sequence[APIRouter]
    listeners: Sequence[Listener] = ()
    hearing: Hearing | None = None
    checker: TokenChecker | None = None
    rings: Sequence[FileRing] = ()
    loops: Sequence[Callable[[], Awaitable[None]]] = ()
    large_bodies: Mapping[str, int] = field(default_factory=dict)
    # Heard by every process that answers requests; told at once of a stop, so that open answers end.
    broadcast: Broadcast | None = None
    freshness: Freshness | None = None  # of `urgent`, which every process hears beside its group
    urgent: Sequence[Listener] = ()
    _prepared: bool = False

    def http(self) -> FastAPI:
        """The HTTP side; it answers while the engines are away."""
        return create_app(
            self.name, routers=self.routers, readiness=self.readiness, large_bodies=dict(self.large_bodies)
        )

    async def readiness(self) -> Mapping[str, str]:
        """Each dependency and `ok`, or what is missing."""
        state = {"database": "ok", "indexes": "ok" if self._prepared else "being made"}
        try:
            await self.documents.ping()
        except Unavailable as error:
            state["database"] = error.code
        if self.hearing:
            state["hearing"] = "ok" if self.hearing.caught_up else "catching up"
        return state | ({"freshness": self.freshness.told()} if self.freshness else {})

    async def run(self, part: Part = "all") -> None:
        """Everything but HTTP, until cancelled: then the loops end, and what they said is published."""
        publishing = asyncio.create_task(_for_ever(self.relay.publish_forever))
        try:
            await self._prepare()
            async with asyncio.TaskGroup() as tasks:
                for loop in self._loops(part):
                    tasks.create_task(_for_ever(loop))
        finally:
            with suppress(TimeoutError):  # what stays is in its outbox: the next process sweeps it
                await asyncio.wait_for(self.relay.drained(), DRAIN_S)
            publishing.cancel()

    def _loops(self, part: Part) -> Iterator[Callable[[], Awaitable[None]]]:
        yield self.relay.sweep_forever
        if self.checker:
            yield partial(_keep_keys_fresh, self.checker)
        if self.rings:
            yield partial(_keep_rings_fresh, self.rings, self.checker)
        if self.broadcast and part != "stream":
            yield self.broadcast.hear_forever
        if self.freshness:
            yield partial(self.freshness.follow_forever, self.urgent)
        if part != "api":
            yield from self.loops
        if self.hearing:
            yield self.hearing.watch_forever if part == "api" else self.hearing.hear_forever

    async def _prepare(self) -> None:
        while not self._prepared:
            try:
                await self.documents.prepare(self.collections)
                self._prepared = True
            except Unavailable as error:
                log.warning("waiting for the database", extra={"reason": error.code})
                await asyncio.sleep(PREPARE_PAUSE_S)


async def _keep_keys_fresh(checker: TokenChecker) -> None:
    """Have the issuer's keys before the first caller comes, and forget those that it withdrew."""
    while True:
        try:
            await checker.refresh()
            await asyncio.sleep(KEYS_EVERY_S)
        except Unavailable:
            await asyncio.sleep(PREPARE_PAUSE_S)


async def _keep_rings_fresh(rings: Sequence[FileRing], checker: TokenChecker | None) -> None:
    """In every process: one that did not see a rotation would go on signing with a key that was taken out."""
    while True:
        changed = [ring.reload() for ring in rings]
        if any(changed) and checker:
            await checker.refresh()
        await asyncio.sleep(RINGS_EVERY_S)


async def _for_ever(loop: Callable[[], Awaitable[None]]) -> None:
    """A defect in one loop is logged and the loop begun again: the others must go on."""
    while True:
        try:
            await loop()
        except Exception:  # reason: whatever it was, its trace is in the log and the work is not given up
            log.exception("a loop failed; it begins again")
            await asyncio.sleep(1)


class _Server(uvicorn.Server):
    """uvicorn without its signal handling, which raises the signal again: 143 after a clean stop."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """`serve` handles them."""
        yield


async def serve(service: Service, *, host: str, port: int, part: Part) -> None:
    """Run one process until SIGTERM or SIGINT; then let requests end, stop hearing, publish what is left."""
    config = uvicorn.Config(service.http(), host=host, port=port, log_config=None, access_log=False)
    config.timeout_graceful_shutdown, config.timeout_keep_alive = SHUTDOWN_S, KEEP_ALIVE_S
    server = _Server(config)
    background = asyncio.create_task(service.run(part))
    serving = asyncio.create_task(server.serve())

    def leave(number: int) -> None:
        server.handle_exit(number, None)
        if service.broadcast:
            service.broadcast.end()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, leave, number)
    await asyncio.wait({background, serving}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await serving
    if background.done():
        background.result()  # raises what ended it
    background.cancel()
    _, hanging = await asyncio.wait({background}, timeout=STOP_S)
    if hanging:
        # Faust waits for ever for a broker that keeps silent, and cannot be told not to. Nothing is
        # lost: what was heard is not acknowledged, what was said is in its outbox.
        log.warning("ended without waiting for an engine that does not answer")
        logging.shutdown()
        os._exit(0)
