"""Concessions (优待, 一码兑现): who is entitled, how often, and the one word that a gate hears."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from services.kernel.errors import Gone, NotFound
from services.space.domain.entries import Certificate
from services.space.domain.grants import Grant
from services.space.domain.handing import value_of
from services.space.domain.items import Item
from services.space.domain.predicates import Answer
from services.space.domain.rules import ConcessionInvalid, Fact, Facts, Rule

Said = Literal["yes", "no", "ask_human"]
Per = Literal["day", "month", "year", "once"]
# How late a use that was made without a network still counts.
SETTLED_WITHIN = timedelta(days=3)
_MOST_USES = 100
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")


class ConcessionUnknown(NotFound):
    """No rule has this code."""

    code = "concession_rule_unknown"


class SettlementTooLate(Gone):
    """The period in which the use would count is closed for the gate."""

    code = "settlement_too_late"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What a gate hears: the word and its reason code, and nothing of whom or of which document."""

    answer: Said
    reason: str


ENTITLED = Ruling(answer="yes", reason="concession_entitled")
NOT_ENTITLED = Ruling(answer="no", reason="concession_not_entitled")
USED_UP = Ruling(answer="no", reason="concession_used_up")
UNCLEAR = Ruling(answer="ask_human", reason="concession_unclear")
IN_PERSON = Ruling(answer="ask_human", reason="concession_in_person")
# As a record keeps them.
RULINGS: Mapping[str, Ruling] = {
    one.reason: one for one in (ENTITLED, NOT_ENTITLED, USED_UP, UNCLEAR, IN_PERSON)
}
_JUDGED: Mapping[Answer, Ruling] = {"yes": ENTITLED, "no": NOT_ENTITLED, "unknown": UNCLEAR}


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """So many uses in each civil day, month or year in China, or ever."""

    uses: int
    per: Per

    def __post_init__(self) -> None:
        if not 1 <= self.uses <= _MOST_USES:
            raise ConcessionInvalid(f"a quota has 1 to {_MOST_USES} uses")
        if self.per not in get_args(Per):
            raise ConcessionInvalid(f"per is one of {', '.join(get_args(Per))}")

    def period(self, day: date) -> str:
        """Name the period in which that day lies."""
        names = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y", "once": "once"}
        return day.strftime(names[self.per])


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """One public test of a rule: what is known on a day, and the answer."""

    says: str
    day: date
    known: Facts
    answer: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcessionUse:
    """One use of a concession: a code shown once counts once, however often it is told."""

    concession: str
    scan_id: str
    holder_ids: tuple[str, ...]
    used_at: datetime

    @classmethod
    def of(cls, concession: str, grant: Grant, *, at: datetime) -> "ConcessionUse":
        """By the scan that the grant is from."""
        return cls(concession=concession, scan_id=grant.scan_id, holder_ids=grant.holder_ids, used_at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Concession:
    """A rule as data. `in_person`: whoever shows the code for another is sent to a person.

    `version` grows with each change of what it answers; no quota: as often as one likes. `offline`: classes
    of an emergency code (应急码) on which a gate without a network may let pass; it settles afterwards.
    """

    concession: str
    version: int
    name: str
    name_en: str
    item: str
    basis: str
    rule: Rule
    quota: Quota | None = None
    in_person: bool = True
    offline: tuple[str, ...] = ()
    provisional: bool = False
    vectors: tuple[Vector, ...] = ()

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.concession) or self.version < 1:
            raise ConcessionInvalid(
                f"{self.concession}: a-z, 0-9 and _, a letter first; versions begin with 1"
            )
        names = [one.ground for one in self.rule.grounds]
        if twice := {one for one in names if names.count(one) > 1}:
            raise ConcessionInvalid(f"{', '.join(sorted(twice))} stands twice among the grounds")
        if missing := set(get_args(Said)) - {one.answer for one in self.vectors}:
            raise ConcessionInvalid(f"no test vector answers {', '.join(sorted(missing))}")
        for one in self.vectors:
            said = self.judge(one.known, today=one.day).answer
            if said != one.answer:
                raise ConcessionInvalid(f"the rule answers {said}, and not {one.answer}, to: {one.says}")

    @property
    def named(self) -> str:
        """Which rule answered, for the record."""
        return f"{self.concession} {self.version}"

    @property
    def types(self) -> tuple[str, ...]:
        """The certificate types that the rule reads, once each."""
        return tuple(dict.fromkeys(one.certificate_type for one in self.rule.grounds))

    def fact(self, certificate_type: str, certificate: Certificate) -> Fact:
        """Take of a valid certificate what the rule reads, by the name that the rule has for its type."""
        grounds = (one for one in self.rule.grounds if one.certificate_type == certificate_type)
        fields = {test.field for one in grounds for test in one.tests}
        return Fact(
            certificate_type=certificate_type,
            values={name: value_of(certificate, name) for name in fields},
        )

    def judge(self, known: Facts, *, today: date) -> Ruling:
        """Tell by these facts alone; where the rule cannot be sure, a person is asked."""
        return _JUDGED[self.rule.answer(known, today=today)]

    def as_item(self) -> Item:
        """Give the item under which the code is scanned; it opens answers and nothing else."""
        return Item(
            item=self.item,
            name=self.name,
            name_en=self.name_en,
            required=self.types,
            statutory=False,
            basis=self.basis,
            provisional=self.provisional,
            needs=tuple(need for one in self.rule.grounds for need in one.needs),
            answers_only=True,
        )

    def moment(self, grant: Grant, *, now: datetime) -> datetime:
        """When the use is, or was: by an offline use the time that identity has for it."""
        if grant.used_at is None:
            return now
        if now - grant.used_at > SETTLED_WITHIN:
            raise SettlementTooLate(f"a use counts within {SETTLED_WITHIN.days} days")
        return grant.used_at


def settlement_id(concession: str, grant: Grant) -> str:
    """Under which a use told afterwards is on record: the same however often it is told."""
    said = f"settlement/{concession}/{grant.scan_id}/{grant.operator}"
    return hashlib.sha256(said.encode()).hexdigest()[:32]
