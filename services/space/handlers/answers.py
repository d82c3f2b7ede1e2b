"""What the space answers to a counter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.space.domain import Answered, Exempt, Given, Match, Served


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """How far a space serves the item of a grant; `access_id`: where that is on record."""

    access_id: str
    item: str
    matches: Sequence[Match]
    needs: Sequence[Served]
    exempt: Exempt
    to_bring: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """What is handed over, and what of the wanted is not there to be. `tickets`: by entry."""

    access_id: str
    given: Sequence[Given]
    answers: Sequence[Answered]
    missing: Sequence[Match]
    tickets: Mapping[str, str]
