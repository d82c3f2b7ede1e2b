"""What an approval says, held against its type: number, validity, and the type's own fields; all at once."""

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from services.certs.domain.approval import Approval
from services.certs.domain.certificate_type import COLUMNS, CertificateType, Field, FieldKind, normal
from services.certs.domain.validity import Term
from services.kernel.errors import Fault, Faulty
from services.kernel.holders import NumberInvalid, PlaceholderCode, birthday, check_number, mask_number

MOST_FIELDS = 60
_LONGEST = 500
_LONGEST_NAME = 64
_CIVIL_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")
_MONEY = re.compile(r"[0-9]{1,15}(\.[0-9]{1,2})?")


class ContentWrong(Faulty):
    """What the type does not allow, or needs and did not get."""

    code = "approval_content_wrong"


def check_content(kind: CertificateType, approval: Approval, number: str, *, today: date) -> Approval:
    """Hold it against all that its type says; give it with the type's own fields in their one form.

    `number`: the holder's. No fault repeats a value: it may be personal.
    """
    values, own_faults = _own_fields(kind, approval.fields, today)
    faults = (
        *_missing_columns(kind, approval),
        *_number_faults(kind, approval.certificate_number),
        *kind.validity.faults(_term(kind, approval, number)),
        *own_faults,
    )
    if faults:
        raise ContentWrong(faults)
    return replace(approval, fields=values)


def last_day(kind: CertificateType, approval: Approval, number: str) -> date | None:
    """As the approval states it or the type's rule fills it in; None: 长期."""
    return approval.valid_to or kind.validity.last_day(_term(kind, approval, number))


def shown_fields(kind: CertificateType, approval: Approval) -> Mapping[str, object]:
    """The lines of the type's face that the approval has a value for, by name; a person's number masked."""
    masked = {field.name for field in kind.own_fields if field.kind == "id_number"}
    found = {field.name: _said(approval, field.name) for field in kind.fields}
    return {
        name: mask_number(str(value)) if name in masked else value for name, value in found.items() if value
    }


def _said(approval: Approval, name: str) -> object:
    if name not in COLUMNS:
        return approval.fields.get(name)
    part = approval.holder if name == "legal_representative" else approval
    value: object = getattr(part, name, None)
    return value


def _term(kind: CertificateType, approval: Approval, number: str) -> Term:
    age = kind.validity.age
    return Term(
        begin=approval.valid_from or approval.decided_on,
        end=approval.valid_to,
        long_term=approval.long_term,
        of_age=birthday(approval.holder.id_type, number, age) if age else None,
    )


def _own_fields(
    kind: CertificateType, said: Mapping[str, object], today: date
) -> tuple[Mapping[str, str], list[Fault]]:
    """Every field that the type has beyond the columns of an approval, and none besides."""
    if len(said) > MOST_FIELDS:
        return {}, [Fault("fields", f"{len(said)} fields", f"{MOST_FIELDS} at most")]
    known = {field.name: field for field in kind.own_fields}
    faults = [_unknown(name, kind) for name in said if name not in known]
    values: dict[str, str] = {}
    for name, field in known.items():
        given = said.get(name)
        if given is None or given == "":
            faults += [Fault(f"fields.{name}", "nothing", _needed(field))] if field.required else []
        elif (value := _value(field, given, today)) is None:
            faults.append(Fault(f"fields.{name}", _described(given), _needed(field)))
        else:
            values[name] = value
    return values, faults


def _number_faults(kind: CertificateType, number: str | None) -> Iterator[Fault]:
    """Whether the number of the certificate is made as those of its type are; it may be left out."""
    rule = kind.number_rule
    if rule and number and not rule.allows(normal(number).upper()):
        yield Fault("certificate_number", _described(number), f"a number like {rule.example}")


def _missing_columns(kind: CertificateType, approval: Approval) -> Iterator[Fault]:
    for field in kind.fields:
        if field.name in COLUMNS and field.required and not _said(approval, field.name):
            yield Fault(field.name, "nothing", f"{field.term}: {kind.name} needs it")


def _unknown(name: str, kind: CertificateType) -> Fault:
    # A number that slipped into the place of a name is not repeated either.
    path = f"fields.{name}" if re.fullmatch(r"(?!.*[0-9]{5})[a-z0-9_]{1,64}", name) else "fields"
    known = ", ".join(field.name for field in kind.own_fields) or "none"
    return Fault(path, f"a name of {len(name)} characters that {kind.name} does not have", f"of {known}")


def _value(field: Field, said: object, today: date) -> str | None:
    """Give the one form, or None where it is not of its kind."""
    if isinstance(said, int | float) and not isinstance(said, bool) and field.kind in {"number", "money"}:
        said = json.dumps(said)
    if not isinstance(said, str) or len(said) > _LONGEST or len(json.dumps(said)) > _LONGEST * 12:
        return None
    value = _FORMS[field.kind](said, today)
    return value if value is not None and (not field.choices or value in field.choices) else None


def _text(said: str, _today: date) -> str | None:
    text = unicodedata.normalize("NFC", said).strip()
    nothing = all(one.isspace() or unicodedata.category(one) in {"Cc", "Cf", "Cs"} for one in text)
    return None if nothing else text


def _date(said: str, _today: date) -> str | None:
    try:
        return date.fromisoformat(said).isoformat() if _CIVIL_DATE.fullmatch(said) else None
    except ValueError:  # reason: a day that no calendar has
        return None


def _number(said: str, _today: date) -> str | None:
    return said if _NUMBER.fullmatch(said) else None


def _money(said: str, _today: date) -> str | None:
    """Yuan, with two places."""
    if not _MONEY.fullmatch(said):
        return None
    whole, _, part = said.partition(".")
    return f"{int(whole)}.{part:0<2}"


def _id_number(said: str, today: date) -> str | None:
    try:
        return check_number("111", said, today=today)
    except (NumberInvalid, PlaceholderCode):
        return None


_FORMS: Mapping[FieldKind, Callable[[str, date], str | None]] = MappingProxyType(
    {"text": _text, "date": _date, "number": _number, "money": _money, "id_number": _id_number}
)
_WORDS: Mapping[FieldKind, str] = MappingProxyType(
    {
        "text": f"a text of 1 to {_LONGEST} characters",
        "date": "a date, YYYY-MM-DD",
        "number": "a number",
        "money": "an amount in yuan, with two places at most",
        "id_number": "a citizen's number whose check character holds",
    }
)


def _needed(field: Field) -> str:
    return f"{field.term}: {'one of ' + ', '.join(field.choices) if field.choices else _WORDS[field.kind]}"


def _described(said: object) -> str:
    if isinstance(said, str):
        return f"a text of {len(said)} characters"
    kinds = {bool: "true or false", int: "a number", float: "a number", type(None): "nothing"}
    return kinds.get(type(said), "a list or an object")
