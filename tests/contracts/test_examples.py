"""Golden messages: read by every class that hears them, written as they stand by the class that says them."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.kernel.event import Event, EventMalformed, Record, decode
from tests.contracts import classes, sealed
from tests.contracts.protos import PROTO, read

EXAMPLES = PROTO / "examples"
PROTOS = read()
FILES = sorted(EXAMPLES.glob("*/*.json"))
KINDS = [kind for service in classes.services() for kind in classes.in_events_of(service)]
READINGS = [(kind, file) for kind in KINDS for file in FILES if file.parent.name == kind.type]
WRITTEN = [
    (kind, file) for kind, file in READINGS if kind.__module__.split(".")[1] == kind.type.split(".")[0]
]
LATER = {kind.type: classes.defaults(kind) for kind, _ in WRITTEN}


def as_record(message: dict[str, Any]) -> Record:
    """A golden message as Kafka would have it."""
    headers = tuple((name, text.encode()) for name, text in message["headers"].items())
    value = json.dumps(message["value"]).encode()
    return Record(topic="", key=message["key"], headers=headers, value=value)


def read_example(file: Path) -> dict[str, Any]:
    """Key, headers and value."""
    message: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return message


def manifest_findings(examples: Path) -> list[str]:
    """Golden messages that were edited, removed, or added without a line in SHA256SUMS."""
    lines = (examples / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    listed = {name: digest for digest, name in (line.split("  ") for line in lines)}
    found = {
        file.relative_to(examples).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in examples.glob("*/*.json")
    }
    return sorted(name for name in listed | found if listed.get(name) != found.get(name))


def named(part: object) -> str:
    """How a class or a file is named in a test's id."""
    return (
        part.stem
        if isinstance(part, Path)
        else f"{getattr(part, '__module__', '')}.{getattr(part, '__name__', '')}"
    )


def without_null(written: object, example: object) -> object:
    """What is written, but for nested fields that are null there and absent in the example."""
    if isinstance(written, dict) and isinstance(example, dict):
        return {
            name: without_null(part, example.get(name))
            for name, part in written.items()
            if part is not None or name in example
        }
    if isinstance(written, list) and isinstance(example, list) and len(written) == len(example):
        return [without_null(one, other) for one, other in zip(written, example, strict=True)]
    return written


class TestExamples:
    @pytest.mark.parametrize("kind", PROTOS)
    def test_every_event_has_one(self, kind: str) -> None:
        """And one with each optional field absent, and one with it there."""
        values = [read_example(file)["value"] for file in FILES if file.parent.name == kind]
        assert values
        for name, shape in PROTOS[kind].fields.items():
            there = {value.get(name) is not None for value in values}
            # A list cannot be optional in proto: one newer than the event is lacking in old messages.
            late = shape.startswith("repeated") and name in LATER.get(kind, {})
            assert there - ({False} if late else set()) == (
                {True, False} if shape.startswith("optional") else {True}
            ), name

    @pytest.mark.parametrize("file", FILES, ids=named)
    def test_the_envelope_is_the_one_that_the_proto_promises(self, file: Path) -> None:
        """CloudEvents 1.0, binary mode; subject and key are the fields that the proto names."""
        message = read_example(file)
        headers, value, proto = message["headers"], message["value"], PROTOS[file.parent.name]
        assert headers["ce_type"] == proto.type
        assert headers["ce_source"] == f"/{proto.service}"
        assert headers["ce_specversion"] == "1.0"
        assert headers["content-type"] == "application/json"
        assert headers["ce_subject"] == value[proto.subject]
        assert message["key"] == value[proto.key]

    @pytest.mark.parametrize(("kind", "file"), WRITTEN, ids=named)
    def test_the_writer_writes_it_exactly(self, kind: type[Event], file: Path) -> None:
        """But for fields newer than the example, which it lacks: absent and null are one (README.md)."""
        message = read_example(file)
        event = decode(kind, as_record(message)).event
        written = json.loads(msgspec.json.encode(event))
        unsaid = json.loads(msgspec.json.encode(classes.defaults(kind)))
        newer = {name for name, part in unsaid.items() if part == written[name]} - message["value"].keys()
        said = {name: part for name, part in written.items() if name not in newer}
        assert without_null(said, message["value"]) == message["value"]

    @pytest.mark.parametrize(("kind", "file"), READINGS, ids=named)
    def test_every_reader_takes_it_with_more_fields_and_without_empty_ones(
        self, kind: type[Event], file: Path
    ) -> None:
        """A field that a later version adds passes; an optional field may be left out instead of null."""
        message = read_example(file)
        plain = decode(kind, as_record(message))
        value = {name: part for name, part in message["value"].items() if part is not None}
        later = message | {"value": value | {"added_later": {"by": ["a newer writer"]}}}
        assert decode(kind, as_record(later)) == plain

    @pytest.mark.parametrize(("kind", "file"), READINGS, ids=named)
    def test_a_reader_refuses_it_without_the_field_it_is_about(self, kind: type[Event], file: Path) -> None:
        """So a reading that passes has really read."""
        message = read_example(file)
        message["value"].pop(kind.subject_field)
        with pytest.raises(EventMalformed):
            decode(kind, as_record(message))


class TestManifest:
    def test_examples_are_only_ever_added(self) -> None:
        """Each has its line, and is as it was when the line was written."""
        assert manifest_findings(EXAMPLES) == []

    def test_finds_an_edited_an_added_and_a_removed_one(self, tmp_path: Path) -> None:
        """A golden message changes by a new one beside it."""
        examples = tmp_path / "examples"
        shutil.copytree(EXAMPLES, examples)
        edited, removed = (examples / file.relative_to(EXAMPLES) for file in FILES[:2])
        added = edited.with_name("added.json")
        added.write_bytes(edited.read_bytes())
        edited.write_text("{}", encoding="utf-8")
        removed.unlink()
        assert manifest_findings(examples) == sorted(
            file.relative_to(examples).as_posix() for file in (edited, removed, added)
        )


class TestSealedContent:
    @pytest.mark.parametrize("file", sealed.sealed_examples(), ids=lambda file: file.stem)
    def test_is_bound_to_the_message_that_carries_it(self, file: Path) -> None:
        message = read_example(file)
        header = sealed.header_of(message)
        assert sealed.place_of(message).items() <= header.items()
        assert (header["alg"], header["enc"]) == ("ECDH-ES", "A256GCM")
