"""The Python classes say what the protos say: a said class exactly, a heard class a part of it."""

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import pytest

from services.kernel.event import Event
from tests.contracts import classes
from tests.contracts.protos import Message, read

PROTOS = read()
SAID = [(service, kind) for service in classes.services() for kind in classes.said_by(service).values()]
HEARD = [(service, kind) for service in classes.services() for kind in classes.heard_by(service).values()]
# Producers whose events are promised and heard already, and who are not built.
NOT_BUILT = {"affairs"}


def address_differences(kind: type[Event], message: Message) -> list[str]:
    """Where a class and its proto differ in name, subject or key."""
    pairs = [
        (kind.__name__, message.name),
        (kind.subject_field, message.subject),
        (kind.key_field, message.key),
        (kind.topic(), message.topic),
    ]
    return [f"{kind.type}: {ours} where the proto has {theirs}" for ours, theirs in pairs if ours != theirs]


def field_differences(kind: type[Event], message: Message, *, exact: bool) -> list[str]:
    """Where the fields of a class and of its proto differ; a heard class may lack some, never have others.

    A field that the proto calls optional may have a plain type with a default: what an old message says by
    its absence.
    """
    ours, theirs = classes.shapes(kind), dict(message.fields)
    if not exact:
        theirs = {name: shape for name, shape in theirs.items() if name in ours}
    for name in classes.defaults(kind):
        if theirs.get(name) == f"optional {ours[name]}":
            ours[name] = theirs[name]
    return [
        f"{kind.type}: {name} is {ours.get(name, 'absent')}, in the proto {theirs.get(name, 'absent')}"
        for name in sorted(ours | theirs)
        if ours.get(name) != theirs.get(name)
    ]


def needed_when_absent(kind: type[Event]) -> list[str]:
    """Optional fields without a default: a message that leaves one out would not be read."""
    optional = {name for name, shape in classes.shapes(kind).items() if shape.startswith("optional")}
    fields = {field.name: field for field in dataclasses.fields(kind)}
    return sorted(name for name in optional if fields[name].default is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel(Event):
    """A class to hold against protos that differ from it."""

    type: ClassVar[str] = "post.parcel.sent.v1"
    subject_field: ClassVar[str] = "parcel"
    key_field: ClassVar[str] = "parcel"
    parcel: str
    weight: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Crate(Parcel):
    """One that may be fragile, which old ones never said."""

    fragile: bool = False


def parcel(**fields: str) -> Message:
    """The proto of a parcel, with these fields."""
    return Message(
        name="ParcelSent",
        type=Parcel.type,
        subject="parcel",
        key="sender",
        heard_by=frozenset(),
        fields=fields,
    )


class TestSaid:
    def test_every_event_of_a_service_has_its_class_and_no_other(self) -> None:
        built = {kind for kind, message in PROTOS.items() if message.service not in NOT_BUILT}
        assert {kind.type for _, kind in SAID} == built

    @pytest.mark.parametrize(("service", "kind"), SAID, ids=lambda part: str(getattr(part, "type", part)))
    def test_the_class_is_exactly_the_proto(self, service: str, kind: type[Event]) -> None:
        """Name, subject, key, topic, and every field with its type."""
        message = PROTOS[kind.type]
        assert message.service == service
        assert address_differences(kind, message) == []
        assert field_differences(kind, message, exact=True) == []
        assert needed_when_absent(kind) == []


class TestHeard:
    @pytest.mark.parametrize(("service", "kind"), HEARD, ids=lambda part: str(getattr(part, "type", part)))
    def test_the_class_is_a_part_of_the_proto_that_the_service_may_hear(
        self, service: str, kind: type[Event]
    ) -> None:
        message = PROTOS[kind.type]
        assert service in message.heard_by
        assert address_differences(kind, message) == []
        assert field_differences(kind, message, exact=False) == []
        assert needed_when_absent(kind) == []


class TestTheRuleItself:
    def test_finds_another_name_and_another_key(self) -> None:
        """`Parcel` is not `ParcelSent`, and `parcel` is not `sender`."""
        assert len(address_differences(Parcel, parcel())) == len(["name", "key"])

    def test_finds_a_field_of_another_type(self) -> None:
        other = parcel(parcel="string", weight="int32")
        assert field_differences(Parcel, other, exact=True) == field_differences(Parcel, other, exact=False)
        assert field_differences(Parcel, other, exact=True) == [
            "post.parcel.sent.v1: weight is optional int32, in the proto int32"
        ]

    def test_finds_a_field_that_only_the_class_has(self) -> None:
        """A reader cannot use what nobody writes."""
        assert field_differences(Parcel, parcel(parcel="string"), exact=False) != []

    def test_lets_an_optional_field_have_a_default_and_no_other(self) -> None:
        """Without one an old message, which lacks the field, would not be read."""
        theirs = parcel(parcel="optional string", weight="optional int32", fragile="optional bool")
        assert field_differences(Crate, theirs, exact=True) == [
            "post.parcel.sent.v1: parcel is string, in the proto optional string"
        ]

    def test_finds_a_field_that_only_the_proto_has_in_a_said_class(self) -> None:
        """A writer is exact, a reader may leave it out."""
        more = parcel(parcel="string", weight="optional int32", sender="string")
        assert field_differences(Parcel, more, exact=True) != []
        assert field_differences(Parcel, more, exact=False) == []

    def test_finds_an_optional_field_without_a_default(self) -> None:
        assert needed_when_absent(Parcel) == ["weight"]

    def test_refuses_an_annotation_that_has_no_shape(self) -> None:
        """A float has no place in our contracts."""
        with pytest.raises(TypeError, match="no shape on the wire"):
            classes.shape(float)
