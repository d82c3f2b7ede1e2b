"""What the space does, by whom it is for: holders, counters, and the streams that fill it."""

from dataclasses import dataclass

from services.space.handlers.answers import Matched, Pulled
from services.space.handlers.archive import Archive
from services.space.handlers.arrivals import Arrivals
from services.space.handlers.callings import Callings
from services.space.handlers.cases import CaseRoom
from services.space.handlers.concessions import Concessions
from services.space.handlers.counter import Counter
from services.space.handlers.items import Registry
from services.space.handlers.names import Doubts
from services.space.handlers.rights import Rights
from services.space.handlers.trail import Trail

__all__ = [
    "Archive",
    "Arrivals",
    "Callings",
    "CaseRoom",
    "Concessions",
    "Counter",
    "Doubts",
    "Matched",
    "Pulled",
    "Registry",
    "Rights",
    "Space",
    "Trail",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """The rooms of handlers; each has one async method for each command and each event heard."""

    arrivals: Arrivals
    doubts: Doubts
    archive: Archive
    callings: Callings
    counter: Counter
    concessions: Concessions
    registry: Registry
    rights: Rights
    trail: Trail
    cases: CaseRoom
