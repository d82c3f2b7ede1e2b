"""A type as somebody writes it, in YAML or JSON: read strictly, and refused with all its faults at once."""

from collections.abc import Iterator, Mapping
from typing import Any

from services.certs.domain.certificate_type import COLUMNS, CertificateType, Field, normal
from services.certs.domain.definition_keys import FIELD, NUMBER_RULE, TYPE, VALIDITY, Key, Keys
from services.certs.domain.numbering import NumberRule
from services.certs.domain.validity import Validity
from services.kernel.errors import Fault, Faulty

# Names of an approval and of what a reader sees that are no fields of a type.
_RESERVED = frozenset(
    {
        *("holder", "representatives", "certificate_type", "certificate_name", "certificate_number"),
        *("valid_from", "valid_to", "long_term", "authority_code", "authority_name", "source_name"),
        *("source_code", "remark", "raw", "fields", "id_type", "id_number", "name", "identifier", "jws"),
    }
)
_TUPLES = ("aliases", "formerly", "holder_kinds")


class TypeUnusable(Faulty):
    """Not the definition of a certificate type."""

    code = "certificate_type_unusable"


def read_definition(said: object, *, code: str | None = None) -> CertificateType:
    """Give the type, at version 0, or raise with all that is wrong. `code`: the one that it must have."""
    if not isinstance(said, Mapping):
        raise TypeUnusable([Fault("definition", _described(said), "an object with the keys of a type")])
    if code is not None:
        said = {"certificate_type": code, **said}
    faults = [*_faults(said, TYPE, "")]
    if code is not None and said["certificate_type"] != code:
        faults.append(
            Fault("certificate_type", _described(said["certificate_type"]), f"{code}, as addressed")
        )
    for name, keys in (("validity", VALIDITY), ("number_rule", NUMBER_RULE)):
        if isinstance(part := said.get(name), Mapping):
            faults += _faults(part, keys, f"{name}.")
    for place, part in enumerate(_list(said, "fields")):
        if isinstance(part, Mapping):
            faults += _faults(part, FIELD, f"fields.{place}.")
        else:
            faults.append(Fault(f"fields.{place}", _described(part), "an object with the keys of a field"))
    if faults:
        raise TypeUnusable(faults)
    made = _made(said)
    if faults := [*_contradictions(made)]:
        raise TypeUnusable(faults)
    return made


def _faults(said: Mapping[Any, object], keys: Keys, at: str) -> Iterator[Fault]:
    for name in said:
        if name not in keys:
            path = f"{at}{str(name)[:64]}"
            yield Fault(path, "a key that is not known", f"one of {', '.join(keys)}")
    for name, key in keys.items():
        if name not in said:
            if key.required:
                yield Fault(f"{at}{name}", "nothing", key.needed)
        elif not _holds(key, said[name]):
            yield Fault(f"{at}{name}", _described(said[name]), key.needed)


def _holds(key: Key, value: object) -> bool:
    return key.holds(value) or (value is None and not key.required)


def _list(said: Mapping[Any, object], name: str) -> list[object]:
    value = said.get(name)
    return value if isinstance(value, list) else []


def _described(value: object) -> str:
    """A definition says nothing about persons: its values may be repeated."""
    return "nothing" if value is None else repr(value)[:80]


def _made(said: Mapping[Any, Any]) -> CertificateType:
    """Of what was found to hold: only keys that are known, each of its kind."""
    given = _present(said)
    texts: dict[str, Any] = {name: tuple(given.pop(name, ())) for name in _TUPLES}
    number_rule, validity = given.pop("number_rule", None), given.pop("validity", {})
    lines = [_present(line) for line in given.pop("fields")]
    fields = tuple(Field(**{**line, "choices": tuple(line.get("choices", ()))}) for line in lines)
    return CertificateType(
        **given,
        **texts,
        number_rule=NumberRule(**_present(number_rule)) if number_rule else None,
        validity=Validity(**_present(validity)),
        fields=fields,
    )


def _present(said: Mapping[Any, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value is not None}


def _contradictions(one: CertificateType) -> Iterator[Fault]:
    """What no part shows alone."""
    if one.certificate_type[:18] != one.defining_authority:
        yield Fault(
            "certificate_type", one.certificate_type, f"one that begins with {one.defining_authority}"
        )
    if one.certificate_type in one.formerly:
        yield Fault("formerly", one.certificate_type, "codes that the type has no more")
    yield from _repeated("aliases", [normal(name) for name in one.names])
    yield from _repeated("formerly", one.formerly)
    yield from _repeated("holder_kinds", one.holder_kinds)
    yield from _repeated("fields", [field.name for field in one.fields])
    yield from _repeated("fields", [field.term for field in one.fields])
    for place, field in enumerate(one.fields):
        yield from _of_field(field, f"fields.{place}")
    yield from _of_holder_kinds(one)
    if one.joint and one.represents:
        yield Fault(
            "joint", f"true with represents {one.represents}", "one of the two: each holder has another"
        )
    yield from _of_rules(one)


def _repeated(path: str, values: list[str] | tuple[str, ...]) -> Iterator[Fault]:
    for value in sorted({value for value in values if values.count(value) > 1}):
        yield Fault(path, f"{value} more than once", "each once")


def _of_field(field: Field, path: str) -> Iterator[Fault]:
    if field.name in _RESERVED:
        yield Fault(f"{path}.name", field.name, "a name that an approval does not use otherwise")
    if field.choices and field.kind != "text":
        yield Fault(f"{path}.choices", f"choices of kind {field.kind}", "kind text where there are choices")
    if field.name in COLUMNS:
        kind = "date" if field.name == "decided_on" else "text"
        if field.kind != kind or field.choices:
            yield Fault(
                path, f"{field.name} of kind {field.kind}", f"kind {kind} without choices: it is a column"
            )


def _of_holder_kinds(one: CertificateType) -> Iterator[Fault]:
    needs = (
        ("represents", one.represents == "legal_representative", "organisation"),
        ("represents", one.represents == "guardian", "person"),
        ("public", one.public, "organisation"),
    )
    for path, asked, kind in needs:
        if asked and kind not in one.holder_kinds:
            yield Fault(
                path, f"{getattr(one, path)} with {', '.join(one.holder_kinds)}", f"holder_kinds with {kind}"
            )


def _of_rules(one: CertificateType) -> Iterator[Fault]:
    validity, number_rule = one.validity, one.number_rule
    if (validity.rule == "years") != (validity.years is not None):
        yield Fault("validity.years", repr(validity.years), "a number with rule years, and only with it")
    if (validity.rule == "until_age") != (validity.age is not None):
        yield Fault("validity.age", repr(validity.age), "a number with rule until_age, and only with it")
    if validity.rule == "until_age" and one.holder_kinds != ("person",):
        yield Fault("validity.rule", "until_age", "holder_kinds [person]: nobody else has an age")
    if number_rule and not number_rule.allows(normal(number_rule.example).upper()):
        yield Fault("number_rule.example", number_rule.example, "a number that the rule allows")
