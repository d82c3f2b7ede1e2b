from pathlib import Path

import pytest
from aiokafka.errors import GroupCoordinatorNotAvailableError

from deploy.local.places import SERVICES
from deploy.topics import Topic, TopicUnusable, coordinated, read_topics


class TestReadTopics:
    def test_reads_partitions_and_retention(self, tmp_path: Path) -> None:
        (tmp_path / "a.yaml").write_text("topic: certs-certificate\npartitions: 4\nretention_days: 14\n")
        assert read_topics(tmp_path) == (Topic(name="certs-certificate", partitions=4, retention_days=14),)

    def test_reads_a_compacted_topic(self, tmp_path: Path) -> None:
        (tmp_path / "a.yaml").write_text("topic: space-item\npartitions: 1\ncompacted: true\n")
        assert read_topics(tmp_path) == (Topic(name="space-item", partitions=1, retention_days=None),)

    @pytest.mark.parametrize(
        "text", ["", "topic: a\npartitions: 4\n", "topic: a\nretention_days: 1\n", "- a"]
    )
    def test_refuses_a_file_that_leaves_something_open(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "a.yaml").write_text(text)
        with pytest.raises(TopicUnusable, match=r"a\.yaml"):
            read_topics(tmp_path)

    def test_reads_every_declared_topic(self) -> None:
        assert len(read_topics()) > 1


class TestConfig:
    def test_keeps_records_for_the_days_declared(self) -> None:
        assert Topic(name="a", partitions=1, retention_days=14).config == {"retention.ms": "1209600000"}

    def test_keeps_the_last_record_of_a_key_when_compacted(self) -> None:
        assert Topic(name="a", partitions=1, retention_days=None).config == {"cleanup.policy": "compact"}

    def test_leaves_a_dead_letter_room_for_its_original_and_its_cause(self) -> None:
        assert "max.message.bytes" not in Topic(name="certs-type", partitions=1, retention_days=14).config
        dead = Topic(name="certs-dead-letter", partitions=1, retention_days=14)
        assert int(dead.config["max.message.bytes"]) > 1024 * 1024


class _Admin:
    """A broker that has no coordinator the first times that it is asked."""

    def __init__(self, misses: int) -> None:
        self.asked: list[str] = []
        self._misses = misses

    async def find_coordinator(self, group: str) -> int:
        self.asked.append(group)
        if len(self.asked) <= self._misses:
            raise GroupCoordinatorNotAvailableError
        return 1


class TestTheGroups:
    async def test_are_waited_for_until_they_can_meet(self) -> None:
        admin = _Admin(misses=2)
        await coordinated(admin, "certs", every=0)
        assert admin.asked == ["certs"] * 3

    async def test_are_not_waited_for_for_ever(self) -> None:
        with pytest.raises(GroupCoordinatorNotAvailableError):
            await coordinated(_Admin(misses=10), "certs", within=0)

    def test_are_the_services_that_hear(self) -> None:
        assert {group for topic in read_topics() for group in topic.consumers} == set(SERVICES)
