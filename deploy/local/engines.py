"""Kafka and the database together: ours, or those that the environment names."""

import asyncio
import os
from pathlib import Path
from typing import Self

from deploy.local.broker import Kafka
from deploy.local.database import Database
from deploy.local.engine import Engine
from deploy.local.places import free_port

# Together with the services' five seconds less than ten; a kill loses nothing that was acknowledged.
_GRACE = 3.0


class NotOurs(Exception):
    """An engine that the environment named is used as it is: we can neither stop nor break it."""


class Engines:
    """Both answer inside `async with`, and those that are ours are gone after it.

    KAFKA_BOOTSTRAP and MONGO_URL name engines that run already; each of the two that is absent is started.
    A preferred port that somebody has is replaced by a free one.
    """

    def __init__(self, folder: Path, *, kafka_port: int = 0, mongo_port: int = 0) -> None:
        self._kafka = self._database = None
        self.kafka_bootstrap = os.environ.get("KAFKA_BOOTSTRAP", "")
        self.mongo_url = os.environ.get("MONGO_URL", "")
        if not self.kafka_bootstrap:
            self._kafka = Kafka(folder / "kafka", port=free_port(preferred=kafka_port))
            self.kafka_bootstrap = self._kafka.address
        if not self.mongo_url:
            self._database = Database(folder / "database", port=free_port(preferred=mongo_port))
            self.mongo_url = self._database.address

    @property
    def kafka(self) -> Engine:
        return _ours(self._kafka, "KAFKA_BOOTSTRAP")

    @property
    def database(self) -> Engine:
        return _ours(self._database, "MONGO_URL")

    def pids(self) -> dict[str, int]:
        """Those that are ours and run."""
        found = {engine.program.recipe.name: engine.program.pid for engine in self._started()}
        return {name: pid for name, pid in found.items() if pid is not None}

    async def start(self) -> None:
        await asyncio.gather(*(engine.start() for engine in self._started()))

    async def stop(self) -> None:
        await asyncio.gather(*(engine.stop(grace=_GRACE) for engine in self._started()))

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:  # reason: one of the two may run already and must not stay behind
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _started(self) -> list[Engine]:
        return [engine for engine in (self._kafka, self._database) if engine is not None]


def _ours(engine: Engine | None, variable: str) -> Engine:
    if engine is None:
        message = f"{variable} names an engine from outside"
        raise NotOurs(message)
    return engine
