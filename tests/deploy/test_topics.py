from pathlib import Path

import pytest

from deploy.topics import Topic, TopicUnusable, read_topics


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
