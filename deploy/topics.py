"""Makes the topics that proto/topics/*.yaml declare: `python -m deploy.topics --bootstrap HOST:PORT`.

What exists is left alone, so it may be run at any time and by several at once.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, NoError, TopicAlreadyExistsError, for_code

DECLARED = Path(__file__).resolve().parents[1] / "proto" / "topics"
DEAD = "-dead-letter"
_MILLISECONDS_A_DAY = 86_400_000
_DEFAULT_MESSAGE_BYTES = 1024 * 1024


class TopicUnusable(Exception):
    """Names the file or the topic, and what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    name: str
    partitions: int
    retention_days: int | None  # None: compacted, the last record of every key is kept for ever

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
    match yaml.safe_load(path.read_text(encoding="utf-8")):
        case {"topic": str(name), "partitions": int(partitions), "compacted": True}:
            return Topic(name=name, partitions=partitions, retention_days=None)
        case {"topic": str(name), "partitions": int(partitions), "retention_days": int(days)}:
            return Topic(name=name, partitions=partitions, retention_days=days)
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
        return frozenset(topic.name for topic in missing)
    except KafkaError as error:
        raise TopicUnusable(f"Kafka at {bootstrap} does not answer: {type(error).__name__}") from error
    finally:
        await admin.close()


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
