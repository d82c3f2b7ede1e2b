"""What gates ask and hear. Nothing of the person: one word, why in a code, and what to do next."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from services.kernel.errors import Refusal
from services.kernel.keys.tokens import Caller
from services.kernel.reasons import reasons
from services.kernel.web.guard import Guard
from services.kernel.web.idempotency import RequestKeys, made_id
from services.space.api.counter import operator_of
from services.space.api.shapes import PredicateShown, Shown
from services.space.domain import ENTITLED, NOT_ENTITLED, USED_UP, Choice, Concession, Rule, Ruling, Vector
from services.space.handlers import Space

Code = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
GrantText = Annotated[str, Field(max_length=8192)]


class Showing(BaseModel):
    """The grant of the scan, as identity gave it."""

    model_config = ConfigDict(extra="forbid")
    grant: GrantText | None = None


class Settling(BaseModel):
    """The grants that identity gave for uses told of afterwards."""

    model_config = ConfigDict(extra="forbid")
    grants: Annotated[list[GrantText], Field(min_length=1, max_length=100)]


class Heard(BaseModel):
    """All that a gate hears."""

    answer: Literal["yes", "no", "ask_human"]
    reason: str
    next_step_zh: str
    next_step_en: str


class SettledShown(BaseModel):
    """`counted`: it was entitled and is counted; all others are not, and nobody is charged."""

    outcome: Literal["counted", "not_entitled", "used_up", "unclear", "refused"]
    reason: str
    next_step_zh: str
    next_step_en: str


class SettledList(BaseModel):
    uses: list[SettledShown]


class QuotaShown(Shown):
    uses: int
    per: Literal["day", "month", "year", "once"]


class GroundShown(Shown):
    ground: str
    certificate_type: str
    tests: list[PredicateShown]


class ChoiceShown(BaseModel):
    """One of them is enough, or all are needed."""

    kind: Literal["any_of", "all_of"]
    of: "list[GroundShown | ChoiceShown]"


class VectorShown(BaseModel):
    """`certificates`: type, state, and the values by their names. What is withheld is unknown."""

    says: str
    day: date
    certificates: list[dict[str, Any]]
    withheld: list[str]
    answer: Literal["yes", "no", "ask_human"]


class ConcessionShown(Shown):
    concession: str
    version: int
    name: str
    name_en: str
    item: str
    basis: str
    provisional: bool
    in_person: bool
    offline: list[str]
    quota: QuotaShown | None
    rule: GroundShown | ChoiceShown
    vectors: list[VectorShown]


class ConcessionList(BaseModel):
    concessions: list[ConcessionShown]


def add_concessions(router: APIRouter, space: Space, guard: Guard, keys: RequestKeys) -> None:
    """For gates; the rules are public."""
    operator = guard.operator()
    rules = space.concessions

    @router.get("/concessions")
    async def concessions() -> ConcessionList:
        """List the rules with the test vectors that they keep: public."""
        return ConcessionList(concessions=[_concession(one) for one in rules.all()])

    @router.post("/concessions/{concession}/checks")
    async def check(
        concession: Code, showing: Showing, caller: Annotated[Caller, Depends(operator)]
    ) -> Heard:
        """Answer yes, no or ask a human, and count nothing."""
        return _heard(await rules.check(concession, showing.grant, by=operator_of(caller)))

    @router.post("/concessions/{concession}/uses")
    async def use(
        concession: Code,
        showing: Showing,
        caller: Annotated[Caller, Depends(operator)],
        access_id: Annotated[str, Depends(made_id(keys, operator))],
    ) -> Heard:
        """Answer, and count the use of a yes: once for a scan."""
        return _heard(await rules.use(access_id, concession, showing.grant, by=operator_of(caller)))

    @router.post("/concessions/{concession}/settlements")
    async def settle(
        concession: Code, settling: Settling, caller: Annotated[Caller, Depends(operator)]
    ) -> SettledList:
        """Count uses that a gate made while it was alone; the same told twice counts once."""
        settled = await rules.settle(concession, settling.grants, by=operator_of(caller))
        return SettledList(uses=[_settled(one) for one in settled])


_OUTCOMES = {ENTITLED: "counted", NOT_ENTITLED: "not_entitled", USED_UP: "used_up"}


def _heard(ruling: Ruling) -> Heard:
    return Heard(answer=ruling.answer, **_told(ruling.reason))


def _settled(settled: Ruling | Refusal) -> SettledShown:
    if isinstance(settled, Refusal):
        return SettledShown.model_validate({"outcome": "refused", **_told(settled.code)})
    return SettledShown.model_validate(
        {"outcome": _OUTCOMES.get(settled, "unclear"), **_told(settled.reason)}
    )


def _told(code: str) -> dict[str, str]:
    reason = reasons()[code]
    return {"reason": code, "next_step_zh": reason.next_zh, "next_step_en": reason.next_en}


def _concession(one: Concession) -> ConcessionShown:
    own = {"rule": _rule(one.rule), "vectors": [_vector(each) for each in one.vectors]}
    same = {name: getattr(one, name) for name in ConcessionShown.model_fields if name not in own}
    return ConcessionShown.model_validate(same | own)


def _rule(rule: Rule) -> GroundShown | ChoiceShown:
    if isinstance(rule, Choice):
        return ChoiceShown(kind=rule.kind, of=[_rule(one) for one in rule.of])
    return GroundShown.model_validate(rule)


def _vector(one: Vector) -> VectorShown:
    certificates = [
        {"certificate_type": each.certificate_type, "state": each.state, **each.values}
        for each in one.known.facts
    ]
    return VectorShown(
        says=one.says,
        day=one.day,
        certificates=certificates,
        withheld=sorted(one.known.withheld),
        answer=one.answer,
    )
