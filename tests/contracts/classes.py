"""The event classes of the services, and the shapes of their fields in the words of `protos.py`."""

import dataclasses
import importlib
import types
import typing
from datetime import date, datetime
from pathlib import Path

from services.kernel.event import Event
from tests.contracts.protos import braced

SERVICES = Path(__file__).parents[2] / "services"
SCALARS: dict[object, str] = {str: "string", int: "int32", bool: "bool", date: "date", datetime: "timestamp"}


def services() -> list[str]:
    """Every service that is built."""
    rooms = (*SERVICES.glob("*/events.py"), *SERVICES.glob("*/events/__init__.py"))
    return sorted(room.relative_to(SERVICES).parts[0] for room in rooms)


def in_events_of(service: str) -> list[type[Event]]:
    """Every event class that the service's own `events` (a file or a folder) defines."""
    room = f"services.{service}.events"
    return [kind for kind in _events_in(room) if kind.__module__.startswith(room)]


def _events_in(module: str) -> list[type[Event]]:
    things = vars(importlib.import_module(module)).values()
    return [thing for thing in things if isinstance(thing, type) and issubclass(thing, Event)]


def said_by(service: str) -> dict[str, type[Event]]:
    """What the service says, by ce_type: its own types."""
    return {kind.type: kind for kind in in_events_of(service) if kind.type.startswith(f"{service}.")}


def heard_by(service: str) -> dict[str, type[Event]]:
    """What the service hears, by ce_type: the types of others, and of its own those that its stream names."""
    others = [kind for kind in in_events_of(service) if not kind.type.startswith(f"{service}.")]
    own = _events_in(f"services.{service}.stream") if listens(service) else []
    return {kind.type: kind for kind in (*others, *own) if kind is not Event}


def listens(service: str) -> bool:
    """Whether the service hears anything."""
    return (SERVICES / service / "stream.py").exists() or (SERVICES / service / "stream").exists()


def defaults(kind: type) -> dict[str, object]:
    """The fields that a message may lack, with what is then read."""
    fields = dataclasses.fields(kind)
    return {field.name: field.default for field in fields if field.default is not dataclasses.MISSING}


def shapes(kind: type) -> dict[str, str]:
    """The shape of each field of a dataclass."""
    hints = typing.get_type_hints(kind)
    return {field.name: shape(hints[field.name]) for field in dataclasses.fields(kind)}


def shape(hint: object) -> str:
    """The shape of an annotation; one that has none on the wire raises TypeError."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint in SCALARS:
        return SCALARS[hint]
    if origin is typing.Literal and all(isinstance(word, str) for word in arguments):
        return "string"
    if origin is tuple and arguments[1:] == (...,):
        return "repeated " + shape(arguments[0])
    if origin in {types.UnionType, typing.Union} and arguments[1:] == (type(None),):
        return "optional " + shape(arguments[0])
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return braced(shapes(hint))
    raise TypeError(f"{hint} has no shape on the wire")
