"""How long certificates of a type are valid (有效期规则): a small closed set of rules."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, date, timedelta
from typing import Literal

from services.kernel.errors import Fault

Rule = Literal["stated", "long_term", "years", "until_age"]
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """What an approval says: civil dates; `begin`: the stated one, else the day of the decision.

    `of_age`: the day on which the holder reaches the age of the rule, where the number tells.
    """

    begin: date | None
    end: date | None
    long_term: bool
    of_age: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """`stated`: as the approval says; no end is 长期. `long_term`: never an end. `years`: so many at most.

    `until_age`: at most to the day before the holder reaches that age. Where the approval states no end,
    `years` and `until_age` fill it in. An end on the anniversary itself is taken too: both are written.
    """

    rule: Rule = "stated"
    years: int | None = None
    age: int | None = None

    def last_day(self, term: Term) -> date | None:
        """Give the last day, filled in where the rule knows it; None: 长期."""
        return term.end or self._latest(term)

    def faults(self, term: Term) -> Iterator[Fault]:
        """Where the approval says what the rule does not allow."""
        if self.rule == "long_term" and term.end:
            yield Fault("valid_to", f"an end on {term.end}", "none: the type is valid without an end (长期)")
        if self.rule not in {"years", "until_age"}:
            return
        if term.long_term:
            yield Fault("long_term", "true", f"an end, {self._words()}")
        elif self._is_beyond(term):
            yield Fault(
                "valid_from", f"a begin on {term.begin}", f"a day after which {self.years} years come"
            )
        elif term.end is None and self._latest(term) is None:
            yield Fault("valid_to", "nothing", f"an end, {self._words()}")
        elif term.end and (latest := self._bound(term)) and term.end > latest:
            yield Fault("valid_to", str(term.end), f"{latest} at the latest, {self._words()}")

    def _is_beyond(self, term: Term) -> bool:
        """Whether no calendar has the end: 9999-12-31 is written where a form insists on a date."""
        return bool(self.rule == "years" and term.begin and term.begin.year + (self.years or 0) >= MAXYEAR)

    def _bound(self, term: Term) -> date | None:
        latest = self._latest(term)
        return latest + _ONE_DAY if latest and self.rule == "years" else latest

    def _latest(self, term: Term) -> date | None:
        if self.rule == "until_age" and term.of_age:
            return term.of_age - _ONE_DAY
        if self.rule == "years" and self.years and term.begin:
            return _years_on(term.begin, self.years) - _ONE_DAY
        return None

    def _words(self) -> str:
        return (
            f"{self.years} years from the begin" if self.rule == "years" else f"before the age of {self.age}"
        )


AS_STATED = Validity()


def _years_on(day: date, years: int) -> date:
    """1 March where there is no 29 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
