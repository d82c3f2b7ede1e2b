"""A question about one field that is answered yes, no or unknown, and nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal, get_args

from services.kernel.errors import Invalid

# equals: one of the values. starts_with: with one of them (a region). at_least: a number. before, after: a
# date, itself excluded. age_at_least: years. known: that something is said, held against nothing.
Test = Literal["equals", "starts_with", "at_least", "before", "after", "age_at_least", "known"]
Answer = Literal["yes", "no", "unknown"]
_OLDEST = 150
_SEVERAL = frozenset({"equals", "starts_with"})


class PredicateInvalid(Invalid):
    """No such test, or a value that it cannot be made against."""

    code = "item_invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicate:
    """`field` as a need names it (`fields.born_on`); `values`: one, but for those that take several."""

    field: str
    test: Test
    values: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.test not in get_args(Test):
            raise PredicateInvalid(f"{self.test}: one of {', '.join(get_args(Test))} is needed")
        if self.test == "known":
            if self.values:
                raise PredicateInvalid("known is held against nothing")
        elif not self.values or (self.test not in _SEVERAL and len(self.values) > 1):
            raise PredicateInvalid(f"{self.test}: one value is needed (equals and starts_with take several)")
        if any(_holds(self.test, _sample(self.test), one, date.min) is None for one in self.values):
            raise PredicateInvalid(f"{self.test} cannot be asked of {', '.join(self.values)}")

    def answer(self, value: object, *, today: date) -> Answer:
        """Tell by what the certificate says on that civil day in China; what it does not say is unknown."""
        if value is None or isinstance(value, bool | list | dict):
            return "unknown"
        if self.test == "known":
            return "yes" if str(value).strip() else "unknown"
        held = [_holds(self.test, str(value), one, today) for one in self.values]
        if any(held):
            return "yes"
        return "unknown" if None in held else "no"


def best(answers: list[Answer]) -> Answer:
    """Of several certificates: one yes is enough, and no is sure only if all say so."""
    if "yes" in answers:
        return "yes"
    return "no" if answers and set(answers) == {"no"} else "unknown"


def years_old(born: date, today: date) -> int:
    """Full years (周岁): one more on the birthday; of the 29th of February on the 1st of March elsewhere."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _holds(test: Test, said: str, value: str, today: date) -> bool | None:
    """None: what is said, or what it is held against, is not of the kind."""
    try:
        return _TESTS[test](said.strip(), value.strip(), today)
    except (ValueError, InvalidOperation):
        return None


def _number(text: str) -> Decimal:
    number = Decimal(text.strip())
    if not number.is_finite():
        raise InvalidOperation(text)
    return number


def _years(text: str) -> int:
    if not 0 < (years := int(text)) <= _OLDEST:
        raise ValueError(text)
    return years


def _sample(test: Test) -> str:
    return {"at_least": "0", "equals": "-", "starts_with": "-"}.get(test, "2000-01-01")


def _text(text: str) -> str:
    if not text:
        raise ValueError(text)
    return text


_TESTS: Mapping[Test, Callable[[str, str, date], bool]] = {
    "equals": lambda said, value, _: _text(said) == _text(value),
    "starts_with": lambda said, value, _: _text(said).startswith(_text(value)),
    "at_least": lambda said, value, _: _number(said) >= _number(value),
    "before": lambda said, value, _: date.fromisoformat(said) < date.fromisoformat(value),
    "after": lambda said, value, _: date.fromisoformat(said) > date.fromisoformat(value),
    "age_at_least": lambda said, value, today: years_old(date.fromisoformat(said), today) >= _years(value),
}
