"""The protos as buf reads them: what each event is called and about, and the shape of each of its fields.

A shape is a text, the same for a proto field and for a Python annotation (`classes.py`): `string`, `int32`,
`bool`, `date`, `timestamp`, `{field: shape, ...}` for a nested message; before it `repeated` or `optional`.
"""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROTO = Path(__file__).parents[2] / "proto"
BUF = Path(sys.executable).parent / "buf"
MESSAGE_IN_FILE = 4
FIELD_IN_MESSAGE = 2
SCALARS = {"TYPE_STRING": "string", "TYPE_INT32": "int32", "TYPE_BOOL": "bool"}
Descriptor = dict[str, Any]
Comments = Mapping[tuple[int, ...], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One event as its proto has it; `heard_by` is what the comment above it allows."""

    name: str
    type: str
    subject: str
    key: str
    heard_by: frozenset[str]
    fields: Mapping[str, str]

    @property
    def service(self) -> str:
        """Who says it."""
        return self.type.split(".")[0]

    @property
    def topic(self) -> str:
        """`<service>-<subject>`."""
        return "-".join(self.type.split(".")[:2])


def buf(*arguments: str, at: Path = PROTO) -> subprocess.CompletedProcess[str]:
    """Run buf in a folder; 0 = clean, 100 = findings."""
    return subprocess.run([BUF, *arguments], cwd=at, capture_output=True, text=True, check=False)  # noqa: S603 - written here


def read(at: Path = PROTO) -> dict[str, Message]:
    """Every event of the protos, by its ce_type."""
    built = buf("build", "-o", "-#format=json", "--as-file-descriptor-set", at=at)
    assert built.returncode == 0, built.stderr
    files = [file for file in json.loads(built.stdout)["file"] if file["package"] != "google.protobuf"]
    events = [event for file in files for event in _events(file)]
    assert len({event.type for event in events}) == len(events), "a ce_type stands above two messages"
    return {event.type: event for event in events}


def _events(file: Descriptor) -> list[Message]:
    comments = {
        tuple(place.get("path", [])): place.get("leadingComments", "")
        for place in file["sourceCodeInfo"]["location"]
    }
    indexed = list(enumerate(file["messageType"]))
    parts = {message["name"]: (index, message) for index, message in indexed}
    # A message without a ce_type is a part of others.
    return [
        _event(comments[MESSAGE_IN_FILE, index], message, _shapes(message["name"], parts, comments))
        for index, message in indexed
        if "ce_type:" in comments[MESSAGE_IN_FILE, index]
    ]


def _event(comment: str, message: Descriptor, fields: Mapping[str, str]) -> Message:
    said = dict(re.findall(r"^ ?(ce_type|ce_subject|key|Who may hear): (.+?)\.?$", comment, re.MULTILINE))
    heard_by = set(said["Who may hear"].split(", ")) - {"nobody yet"}
    return Message(
        name=message["name"],
        type=said["ce_type"],
        subject=said["ce_subject"],
        key=said["key"],
        heard_by=frozenset(heard_by),
        fields=fields,
    )


def _shapes(name: str, parts: Mapping[str, tuple[int, Descriptor]], comments: Comments) -> dict[str, str]:
    index, message = parts[name]
    return {
        field["name"]: _shape(
            field, parts, comments, comments.get((MESSAGE_IN_FILE, index, FIELD_IN_MESSAGE, place), "")
        )
        for place, field in enumerate(message["field"])
    }


def _shape(
    field: Descriptor, parts: Mapping[str, tuple[int, Descriptor]], comments: Comments, comment: str
) -> str:
    if field["label"] == "LABEL_REPEATED":
        return "repeated " + _kind(field, parts, comments, comment)
    if field.get("proto3Optional"):
        return "optional " + _kind(field, parts, comments, comment)
    return _kind(field, parts, comments, comment)


def _kind(
    field: Descriptor, parts: Mapping[str, tuple[int, Descriptor]], comments: Comments, comment: str
) -> str:
    if field["type"] != "TYPE_MESSAGE":
        # Proto has no date: a string whose comment calls it a civil date is one.
        return "date" if "civil date" in comment.lower() else SCALARS[field["type"]]
    if field["typeName"] == ".google.protobuf.Timestamp":
        return "timestamp"
    return braced(_shapes(field["typeName"].split(".")[-1], parts, comments))


def braced(fields: Mapping[str, str]) -> str:
    """The shape of a nested message."""
    return "{" + ", ".join(f"{name}: {shape}" for name, shape in fields.items()) + "}"
