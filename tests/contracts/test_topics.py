"""The topic files name what the protos promise and what the services really hear."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from tests.contracts import classes
from tests.contracts.protos import PROTO, read

Topic = dict[str, Any]
PROTOS = read()
DEAD_LETTER = "-dead-letter"


def topic_files() -> dict[str, Topic]:
    """Each topic file by its name."""
    files = sorted((PROTO / "topics").glob("*.yaml"))
    return {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in files}


def form_findings(name: str, topic: Topic) -> list[str]:
    """What is wrong with one topic file by itself."""
    wanted = {"topic", "producer", "key", "partitions", "types", "consumers"}
    keeps = set(topic) & {"retention_days", "compacted"}
    checks = {
        "its fields are not those of a topic file": set(topic) - keeps == wanted,
        "it is kept neither for days nor compacted for ever": len(keeps) == 1
        and topic.get("compacted", True) is True,
        "its name is not the file's": topic["topic"] == name,
        "its producer is not the first word of its name": name.partition("-")[0] == topic["producer"],
        "it has no partition": topic["partitions"] > 0,
    }
    return [f"{name}: {finding}" for finding, holds in checks.items() if not holds]


def promise_findings(topics: dict[str, Topic]) -> list[str]:
    """Where topic files and protos differ: types, and the keys of a topic."""
    named = {(name, kind) for name, topic in topics.items() for kind in topic["types"]}
    promised = {(message.topic, message.type) for message in PROTOS.values()}
    keys = {
        name: {PROTOS[kind].key for kind in topic["types"] if kind in PROTOS}
        for name, topic in topics.items()
    }
    return [
        *(f"only in a topic file: {row}" for row in sorted(named - promised)),
        *(f"only in the protos: {row}" for row in sorted(promised - named)),
        *(
            f"keyed by {sorted(keys[name])}: {name}"
            for name in topics
            if not _keyed(topics[name], keys[name])
        ),
    ]


def _keyed(topic: Topic, keys: set[str]) -> bool:
    """One key that all its types share; where they are about different things, a list of all keys."""
    if not topic["types"]:
        return True
    return keys == (set(topic["key"]) if isinstance(topic["key"], list) else {topic["key"]})


def listener_findings(topics: dict[str, Topic]) -> list[str]:
    """Where the consumers of the topic files and the heard classes of the services differ."""
    named = {
        (service, kind)
        for topic in topics.values()
        for service, kinds in topic["consumers"].items()
        for kind in kinds
    }
    heard = {(service, kind) for service in classes.services() for kind in classes.heard_by(service)}
    return [f"only in a topic file: {row}" for row in sorted(named - heard)] + [
        f"only in events.py: {row}" for row in sorted(heard - named)
    ]


def permission_findings(topics: dict[str, Topic]) -> list[str]:
    """Consumers whom the comment in the proto does not allow."""
    return [
        f"{service} may not hear {kind}"
        for topic in topics.values()
        for service, kinds in topic["consumers"].items()
        for kind in kinds
        if kind not in topic["types"] or service not in PROTOS[kind].heard_by
    ]


def dead_letter_findings(topics: dict[str, Topic]) -> list[str]:
    """Listening services without a dead-letter topic, and dead-letter topics of nobody."""
    listening = {service + DEAD_LETTER for service in classes.services() if classes.heard_by(service)}
    return sorted(listening ^ {name for name in topics if name.endswith(DEAD_LETTER)})


class TestTopicFiles:
    @pytest.mark.parametrize("name", topic_files())
    def test_a_file_is_well_formed(self, name: str) -> None:
        assert form_findings(name, topic_files()[name]) == []

    def test_they_name_exactly_the_types_and_keys_of_the_protos(self) -> None:
        assert promise_findings(topic_files()) == []

    def test_their_consumers_are_exactly_the_services_that_hear(self) -> None:
        assert listener_findings(topic_files()) == []

    def test_nobody_hears_without_being_allowed(self) -> None:
        """The comment above the message names who may."""
        assert permission_findings(topic_files()) == []

    def test_each_listening_service_has_a_dead_letter_topic(self) -> None:
        assert dead_letter_findings(topic_files()) == []


def broken(change: Callable[[dict[str, Topic]], object]) -> dict[str, Topic]:
    """The topic files after one change."""
    topics = copy.deepcopy(topic_files())
    change(topics)
    return topics


class TestTheRulesThemselves:
    def test_find_a_type_on_no_topic(self) -> None:
        assert promise_findings(broken(lambda topics: topics.pop("space-entry"))) != []

    def test_find_a_type_on_the_wrong_topic(self) -> None:
        """A topic follows from the type's name."""
        wrong = broken(lambda topics: topics["space-item"]["types"].append("space.entry.added.v1"))
        assert promise_findings(wrong) != []

    def test_find_another_key(self) -> None:
        """Order per aggregate rests on the key."""
        wrong = broken(lambda topics: topics["space-entry"].update(key="entry_id"))
        assert promise_findings(wrong) != []

    def test_find_a_consumer_without_a_class_and_without_permission(self) -> None:
        wrong = broken(
            lambda topics: topics["identity-scan"]["consumers"].update(certs=["identity.scan.recorded.v1"])
        )
        assert listener_findings(wrong) != []
        assert permission_findings(wrong) != []

    def test_find_a_listener_without_a_line(self) -> None:
        """Its event would be skipped."""
        assert listener_findings(broken(lambda topics: topics["space-entry"]["consumers"].clear())) != []

    def test_find_a_missing_dead_letter_topic(self) -> None:
        """What certs cannot take in would have nowhere to go."""
        assert dead_letter_findings(broken(lambda topics: topics.pop("certs-dead-letter"))) != []

    @pytest.mark.parametrize(
        "change",
        [{"topic": "other"}, {"producer": "other"}, {"partitions": 0}, {"compacted": True}, {"note": ""}],
    )
    def test_find_a_malformed_file(self, change: Topic) -> None:
        """Another name, another producer, no partition, two ways of keeping, an unknown field."""
        assert form_findings("space-entry", topic_files()["space-entry"] | change) != []
