"""Rules of concessions (优待): grounds, and how they stand together.

Three answers, so that no gap reads as a yes:
yes and no are sure whatever the unknown turns out to be (Kleene's strong logic).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from services.kernel.errors import Invalid
from services.space.domain.needs import TYPE_CODE, Need, is_field
from services.space.domain.predicates import Answer, Predicate

_GROUND = re.compile(r"[a-z][a-z0-9_]{0,30}")
# Of a ground without tests: that a valid certificate is there, which always has one of these.
_HELD = (Predicate(field="identifier", test="known", values=()),)


class ConcessionInvalid(Invalid):
    """A rule that asks for nothing, a quota of none, or a test vector that the rule does not keep."""

    code = "concession_invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What one certificate says, as far as a rule reads it; `state` as it stands on the day asked about."""

    certificate_type: str
    state: str = "valid"
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that is known: of `withheld` types nothing is, of the others what is not here is not there.

    Types as the rule names them.
    """

    facts: Sequence[Fact] = ()
    withheld: frozenset[str] = frozenset()

    def valid(self, certificate_type: str) -> list[Fact]:
        """Only a valid certificate is a ground."""
        same = (one for one in self.facts if one.certificate_type == certificate_type)
        return [one for one in same if one.state == "valid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One valid certificate of this type for which all tests hold; without tests, that there is one."""

    ground: str
    certificate_type: str
    tests: tuple[Predicate, ...] = _HELD

    def __post_init__(self) -> None:
        if not _GROUND.fullmatch(self.ground):
            raise ConcessionInvalid(f"{self.ground}: a-z, 0-9 and _, 31 at most, a letter first")
        if not TYPE_CODE.fullmatch(self.certificate_type):
            raise ConcessionInvalid(f"{self.ground}: {self.certificate_type} is no certificate type")
        if odd := [one.field for one in self.tests if not is_field(one.field)]:
            raise ConcessionInvalid(
                f"{self.ground}: {', '.join(odd)}: no certificate has it (fields.<name>?)"
            )

    @property
    def grounds(self) -> "tuple[Ground, ...]":
        """It alone."""
        return (self,)

    @property
    def needs(self) -> tuple[Need, ...]:
        """What an item needs for it: the answers to its tests."""
        return tuple(
            Need(
                need=f"{self.ground}_{place}" if place else self.ground,
                certificate_type=self.certificate_type,
                predicate=test,
            )
            for place, test in enumerate(self.tests)
        )

    def answer(self, known: Facts, *, today: date) -> Answer:
        """All tests of one certificate: two that hold a half each are no ground."""
        if self.certificate_type in known.withheld:
            return "unknown"
        return either(
            both(test.answer(one.values.get(test.field), today=today) for test in self.tests)
            for one in known.valid(self.certificate_type)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Several rules: one of them is enough, or all are needed."""

    kind: Literal["any_of", "all_of"]
    of: "tuple[Rule, ...]"

    def __post_init__(self) -> None:
        if self.kind not in {"any_of", "all_of"} or not self.of:
            raise ConcessionInvalid(f"{self.kind}: a ground is needed, or any_of or all_of some rules")

    @property
    def grounds(self) -> tuple[Ground, ...]:
        """All of them, in their order."""
        return tuple(ground for one in self.of for ground in one.grounds)

    def answer(self, known: Facts, *, today: date) -> Answer:
        """By its kind."""
        together = either if self.kind == "any_of" else both
        return together(one.answer(known, today=today) for one in self.of)


Rule = Ground | Choice


def either(answers: Iterable[Answer]) -> Answer:
    """One yes is enough; of nothing: no."""
    given = set(answers)
    return "yes" if "yes" in given else "unknown" if "unknown" in given else "no"


def both(answers: Iterable[Answer]) -> Answer:
    """One no is enough; of nothing: yes."""
    given = set(answers)
    return "no" if "no" in given else "unknown" if "unknown" in given else "yes"
