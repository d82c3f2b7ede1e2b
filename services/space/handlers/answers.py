"""What the space answers to a counter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.space.domain import Certificate, Match


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """How far a space serves the item of a grant."""

    item: str
    matches: Sequence[Match]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """What is handed over, and what of the wanted is not there to be. `tickets`: by entry."""

    access_id: str
    certificates: Sequence[Certificate]
    missing: Sequence[Match]
    tickets: Mapping[str, str]
