"""What counters ask for and get. What is not named here is not shown."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.kernel.keys.tokens import Caller
from services.kernel.reasons import reasons
from services.space.api.shapes import CertificatePulled, FieldName, MatchShown, NeedShown, Shown, both
from services.space.domain import Answered, Ask, Asked, Given, Operator, Served
from services.space.handlers import Matched, Pulled

Code = Annotated[str, Field(pattern=r"^[0-9A-Z]{1,40}$")]
# A refusal is on record with what was asked for: nothing passes that could be a person's number.
TypeCode = Annotated[str, Field(pattern=r"^[0-9A-Z]{18}[0-9]{3}$")]
NeedName = Annotated[str, Field(pattern=r"^([a-z][a-z0-9_]{0,39}|[0-9A-Z]{18}[0-9]{3})$")]
Way = Literal["have", "shared", "issued", "bring", "spared"]


class NeedAsked(BaseModel):
    """One need of the item, by its name; without `form` and `fields` as the item has it."""

    model_config = ConfigDict(extra="forbid")
    need: NeedName
    form: Literal["whole", "fields", "predicate"] | None = None
    fields: Annotated[tuple[FieldName, ...], Field(max_length=50)] = ()

    @model_validator(mode="after")
    def of_one_form(self) -> Self:
        """Fields are named where fields are wanted."""
        if self.fields and self.form not in {None, "fields"}:
            raise ValueError("fields go with the form fields alone")
        return self


class Asking(BaseModel):
    """A field that we do not know is refused: one misspelt would widen what is asked for."""

    model_config = ConfigDict(extra="forbid")
    grant: Annotated[str | None, Field(max_length=8192)] = None
    item: Code | None = None
    holder_id: Code | None = None
    certificate_types: Annotated[tuple[TypeCode, ...] | None, Field(min_length=1, max_length=50)] = None
    needs: Annotated[tuple[NeedAsked, ...] | None, Field(min_length=1, max_length=20)] = None

    def asked(self) -> Asked:
        """As the handlers take it."""
        asks = [Ask(need=one.need, form=one.form, fields=one.fields) for one in self.needs or ()]
        return Asked(
            certificate_types=self.certificate_types,
            item=self.item,
            holder_id=self.holder_id,
            needs=tuple(asks) or None,
        )


class NeedMatched(NeedShown):
    """`result`: how it is met; `reason` and the next step where it is not by the space."""

    result: Way
    state: str | None
    reason: str | None
    next_step_zh: str | None
    next_step_en: str | None
    source: str | None
    entry_ids: list[str]


class ExemptShown(Shown):
    """Things that nobody brings: of each kind of exemption (三免)."""

    certificate: int
    shared: int
    issued: int


class MatchList(Shown):
    access_id: str
    item: str
    matches: list[MatchShown]
    needs: list[NeedMatched]
    exempt: ExemptShown
    to_bring: int


class PartPulled(Shown):
    """Some fields of a certificate; `credential` shows these, and the ticket draws a copy with no others."""

    need: str
    entry_id: str
    certificate_type: str
    certificate_name: str
    fields: Mapping[str, Any]
    credential: str
    ticket: str


class AnswerPulled(Shown):
    need: str
    certificate_type: str
    answer: Literal["yes", "no", "unknown"]


class PullAnswer(Shown):
    access_id: str
    certificates: list[CertificatePulled]
    parts: list[PartPulled]
    answers: list[AnswerPulled]
    missing: list[MatchShown]


def match_list(matched: Matched) -> MatchList:
    """Show what was found."""
    return MatchList(
        access_id=matched.access_id,
        item=matched.item,
        matches=[MatchShown.model_validate(one) for one in matched.matches],
        needs=[_need(one) for one in matched.needs],
        exempt=ExemptShown.model_validate(matched.exempt),
        to_bring=matched.to_bring,
    )


def pull_answer(pulled: Pulled) -> PullAnswer:
    """Show what is handed over, each in the list of its form."""
    whole = [one for one in pulled.given if one.use.form == "whole"]
    parts = [one for one in pulled.given if one.use.form == "fields"]
    return PullAnswer(
        access_id=pulled.access_id,
        certificates=[
            CertificatePulled.model_validate(
                both(one.certificate) | {"ticket": pulled.tickets[one.entry.entry_id]}
            )
            for one in whole
        ],
        parts=[_part(one, pulled.tickets[one.entry.entry_id]) for one in parts],
        answers=[_answer(one) for one in pulled.answers],
        missing=[MatchShown.model_validate(one) for one in pulled.missing],
    )


def _need(served: Served) -> NeedMatched:
    known = reasons().get(served.reason or "")
    shown = NeedShown.model_validate(served.need).model_dump()
    own = {name: getattr(served, name) for name in ("form", "fields", "result", "state", "reason", "source")}
    next_step = {"next_step_zh": known and known.next_zh, "next_step_en": known and known.next_en}
    return NeedMatched.model_validate(shown | own | next_step | {"entry_ids": served.entry_ids})


def _part(given: Given, ticket: str) -> PartPulled:
    names = ("entry_id", "certificate_type", "certificate_name")
    return PartPulled(
        need=given.use.need.need,
        fields=given.values,
        credential=given.credential,
        ticket=ticket,
        **{name: getattr(given.entry, name) for name in names},
    )


def _answer(answered: Answered) -> AnswerPulled:
    return AnswerPulled(
        need=answered.use.need.need, certificate_type=answered.certificate_type, answer=answered.answer
    )


def operator_of(caller: Caller) -> Operator:
    """Who acts: the guard lets in no operator without an organisation; not all number their counters."""
    return Operator(
        operator=caller.subject, organisation=caller.organisation or "", counter=caller.counter or ""
    )
