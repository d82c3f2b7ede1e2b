"""Whether what a face shows is what a token proves: word for word, nothing more and nothing left out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.certs.domain.face import VALID, Face

# What every token of ours says, unless there is nothing to say or it was kept back.
_OF_EVERY_TOKEN = frozenset(
    {
        *("name", "number", "identifier", "authority_name", "holder_name", "holder_number"),
        *("valid_from", "valid_to"),
    }
)
_BY_NAME = (
    *("name", "number", "identifier", "authority_name", "holder_name", "valid_from", "valid_to"),
    *("issued_on", "code", "code_shown"),
)
_NUMBERS = ("id_number_masked", "id_number")
# Under "证件号码" any number may stand; a term that says more has to fit the kind of number (GB/T 36903).
_USUAL_TERM = "证件号码"
_How = Literal["same", "other", "silent"]
_TERMS = {"001": "统一社会信用代码", "111": "公民身份号码"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """What a token says whose signature was checked; the caller adds what it knows otherwise.

    `claims`: by the names of `Face`, but for the holder's number, which is `id_number_masked` or
    `id_number` beside `id_type`; dates as such or in ISO form. `fields`: by term, as the face has them.
    `whole`: the token keeps nothing back.
    """

    claims: Mapping[str, object]
    fields: Mapping[str, object]
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Names as in `Face`, a field as `fields.<term>`. `unproved`: shown, and the token is silent on it."""

    differing: tuple[str, ...] = ()
    unproved: tuple[str, ...] = ()


def agreement(face: Face, proved: Proved) -> Agreement:
    """Compare every statement of the page; its template alone says nothing."""
    found = [*_stated(face, proved), *_of_fields(face, proved)]
    return Agreement(
        differing=tuple(name for name, how in found if how == "other"),
        unproved=tuple(name for name, how in found if how == "silent"),
    )


def _stated(face: Face, proved: Proved) -> Iterator[tuple[str, _How]]:
    said, marking = proved.claims, proved.claims.get("marking")
    for name in _BY_NAME:
        yield name, _judged(name, getattr(face, name), said.get(name), whole=proved.whole)
    numbers = [number for name in _NUMBERS if (number := said.get(name)) is not None]
    right = face.holder_number if face.holder_number in numbers else next(iter(numbers), None)
    yield "holder_number", _judged("holder_number", face.holder_number, right, whole=proved.whole)
    yield "holder_number_term", _of_term(face, said)
    # The page is silent on a state that is the usual one, and on a use that it does not have.
    shown = None if face.state == VALID and _nothing(said.get("state")) else face.state
    yield "state", _judged("state", shown, said.get("state"), whole=True)
    yield "marking", _judged("marking", face.marking, marking, whole=True)


def _of_term(face: Face, said: Mapping[str, object]) -> _How:
    if term := said.get("holder_number_term"):
        return _compared(face.holder_number_term, term)
    known = {_USUAL_TERM, _TERMS.get(str(said.get("id_type")), _USUAL_TERM)}
    return "same" if face.holder_number_term in known else "silent"


def _of_fields(face: Face, proved: Proved) -> Iterator[tuple[str, _How]]:
    """A line that was left out changes what the others say; a line that stands twice is the same twice."""
    for term, value in face.fields:
        said = proved.fields.get(term)
        if said is None:
            yield f"fields.{term}", "other" if proved.whole else "silent"
        else:
            yield f"fields.{term}", "same" if value in _wordings(said) else "other"
    shown = {term for term, _ in face.fields}
    for term in proved.fields:
        if term not in shown and not _nothing(proved.fields[term]):
            yield f"fields.{term}", "other"


def _judged(name: str, shown: object, said: object, *, whole: bool) -> _How:
    if not _nothing(said):
        return _compared(shown, said)
    if _nothing(shown):
        # "长期", say: true if the token has no end, and not if its end is kept back.
        return "same" if whole else "silent"
    return "other" if whole and name in _OF_EVERY_TOKEN else "silent"


def _nothing(value: object) -> bool:
    return value is None or value == ""


def _compared(shown: object, said: object) -> _How:
    return "same" if _plain(shown) == _plain(said) else "other"


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _wordings(said: object) -> set[str]:
    """A day may be worded as on a page; anything else is itself."""
    text = said.isoformat() if isinstance(said, date) else str(said)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return {text}
    return {text, f"{day.year}年{day.month}月{day.day}日"}
