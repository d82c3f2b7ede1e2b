"""What the space answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.space.domain import Answered, Counted, Entry, Exempt, Given, Match, Served


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """An entry in its card. `expires_in_days`: 0 on its last day, below 0 after; None: it has no end."""

    entry: Entry
    card: str
    expires_in_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardsCounted:
    """The cards of a holder; not `complete`: counted among the newest alone."""

    cards: Sequence[Counted]
    complete: bool
