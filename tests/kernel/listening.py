"""Handlers that remember what they heard, and fail as told."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from services.kernel.errors import Conflict
from services.kernel.event import Heard, Record
from services.kernel.trace import traceparent
from tests.kernel.things import moved, sent


@dataclass
class Ear:
    """`always`: what an event about this thing raises, whenever it comes."""

    always: dict[str, Exception] = field(default_factory=dict)
    heard: list[tuple[str, int]] = field(default_factory=list)
    tries: int = 0

    async def __call__(self, batch: Sequence[Heard[Any]]) -> None:
        self.tries += 1
        for one in batch:
            if one.subject in self.always:
                raise self.always[one.subject]
        self.heard += [(one.subject, one.event.version) for one in batch]

    def names(self) -> list[str]:
        return [name for name, _ in self.heard]

    def versions(self, name: str) -> list[int]:
        """In the order of their first hearing."""
        return list(dict.fromkeys(version for heard, version in self.heard if heard == name))


class Worn(Conflict):
    """What a handler refuses."""

    code = "worn"


@dataclass
class Handler:
    """Keeps every call; `fails`: what an event about this thing raises the first times that it comes."""

    fails: dict[str, list[Exception]] = field(default_factory=dict)
    always: dict[str, Exception] = field(default_factory=dict)
    calls: list[list[str]] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)

    async def __call__(self, batch: Sequence[Heard[Any]]) -> None:
        names = [one.subject for one in batch]
        self.calls.append(names)
        self.traces.append(traceparent())
        for name in names:
            if name in self.always:
                raise self.always[name]
            if self.fails.get(name):
                raise self.fails[name].pop(0)
        self.done += names


def things(*names: str) -> list[Record]:
    """Of one lane, in this order."""
    return [replace(sent(moved(name)), partition=3, offset=7 + place) for place, name in enumerate(names)]
