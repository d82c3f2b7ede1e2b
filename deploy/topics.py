"""Makes the topics that proto/topics/*.yaml declare: `python -m deploy.topics --bootstrap HOST:PORT`.

A broker that is asked for a group for the first time makes the topic of offsets, and knows no coordinator
until it is there: a service that came meanwhile would log an error at a start where nothing is wrong.
So this waits until the groups of all who hear can meet.

What exists is left alone, so it may be run at any time and by several at once.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import yaml
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    KafkaError,
    NoError,
    TopicAlreadyExistsError,
    for_code,
)

DECLARED = Path(__file__).resolve().parents[1] / "proto" / "topics"
DEAD = "-dead-letter"
_GROUPS_WITHIN_S = 30.0
_ASK_EVERY_S = 0.1
_MILLISECONDS_A_DAY = 86_400_000
_DEFAULT_MESSAGE_BYTES = 1024 * 1024


class TopicUnusable(Exception):
    """Names the file or the topic, and what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    name: str
    partitions: int
    retention_days: int | None  # None: compacted, the last record of every key is kept for ever
    consumers: tuple[str, ...] = ()  # the services that hear it: each is a group of its name

    @property
    def config(self) -> dict[str, str]:
        if self.retention_days is None:
            return {"cleanup.policy": "compact"}
        kept = {"retention.ms": str(self.retention_days * _MILLISECONDS_A_DAY)}
        # A dead letter is its original and why it is dead: it must fit wherever the original did.
        room = {"max.message.bytes": str(2 * _DEFAULT_MESSAGE_BYTES)} if self.name.endswith(DEAD) else {}
        return kept | room


def read_topics(folder: Path = DECLARED) -> tuple[Topic, ...]:
    return tuple(_read(path) for path in sorted(folder.glob("*.yaml")))


def _read(path: Path) -> Topic:
    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    hear = tuple(read.get("consumers") or ()) if isinstance(read, dict) else ()
    match read:
        case {"topic": str(name), "partitions": int(partitions), "compacted": True}:
            return Topic(name=name, partitions=partitions, retention_days=None, consumers=hear)
        case {"topic": str(name), "partitions": int(partitions), "retention_days": int(days)}:
            return Topic(name=name, partitions=partitions, retention_days=days, consumers=hear)
    message = f"{path}: needs topic, partitions and either retention_days or compacted: true"
    raise TopicUnusable(message)


async def create_topics(bootstrap: str, topics: Sequence[Topic], *, replication: int = 1) -> frozenset[str]:
    """The names of those that were missing and are there now."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        there = frozenset(await admin.list_topics())
        missing = [topic for topic in topics if topic.name not in there]
        if missing:
            answer = await admin.create_topics(
                [NewTopic(t.name, t.partitions, replication, topic_configs=t.config) for t in missing]
            )
            _require_made(answer.topic_errors)
        for group in sorted({group for topic in topics for group in topic.consumers}):
            await coordinated(admin, group)
        return frozenset(topic.name for topic in missing)
    except KafkaError as error:
        raise TopicUnusable(f"Kafka at {bootstrap} does not answer: {type(error).__name__}") from error
    finally:
        await admin.close()


class Coordinators(Protocol):
    """What a broker is asked for."""

    async def find_coordinator(self, group: str) -> int: ...


async def coordinated(
    broker: Coordinators, group: str, *, within: float = _GROUPS_WITHIN_S, every: float = _ASK_EVERY_S
) -> None:
    """Return when the group has a coordinator; GroupCoordinatorNotAvailableError: none within that time."""
    deadline = time.monotonic() + within
    while True:
        try:
            await broker.find_coordinator(group)
        except GroupCoordinatorNotAvailableError:
            if time.monotonic() >= deadline:
                raise
            await asyncio.sleep(every)
        else:
            return


def _require_made(errors: Sequence[tuple[str, int, str | None]]) -> None:
    for name, code, reason in errors:
        # Somebody else may have made it since we looked.
        if for_code(code) not in (NoError, TopicAlreadyExistsError):
            message = f"Kafka did not make {name}: {reason or for_code(code).__name__}"
            raise TopicUnusable(message)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.topics", description=__doc__)
    parser.add_argument("--bootstrap", default="127.0.0.1:9092", help="default %(default)s")
    parser.add_argument("--replication", type=int, default=1, help="copies of each partition; production: 3")
    asked = parser.parse_args()
    try:
        made = asyncio.run(create_topics(asked.bootstrap, read_topics(), replication=asked.replication))
    except TopicUnusable as failure:
        sys.exit(str(failure))
    print(f"made {len(made)}: {', '.join(sorted(made)) or 'all were there'}")  # noqa: T201 - its answer


if __name__ == "__main__":
    main()
