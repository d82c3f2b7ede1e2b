"""The keys of a type's definition: what each may hold, in the words of a refusal."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from services.certs.domain.certificate_type import CODE
from services.certs.domain.face import TEMPLATES
from services.certs.domain.numbering import CHECKS, LONGEST_NUMBER, compiled

_LONGEST = 100
_MOST_NAMES, _MOST_FIELDS, _MOST_CODES = 50, 60, 20
_MOST_YEARS = 100
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_AUTHORITY = re.compile(r"[0-9A-Z]{18}")


@dataclass(frozen=True, slots=True)
class Key:
    """`needed`: what `holds` holds for."""

    needed: str
    holds: Callable[[object], bool]
    required: bool = True


Keys = Mapping[str, Key]


def _is_text(value: object) -> bool:
    written = isinstance(value, str) and value.strip() == value and value.isprintable()
    return written and isinstance(value, str) and 0 < len(value) <= _LONGEST


def _is_like(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_one_of(*choices: str) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and value in choices


def _is_list_of(holds: Callable[[object], bool], most: int, least: int = 0) -> Callable[[object], bool]:
    return lambda value: isinstance(value, list) and least <= len(value) <= most and all(map(holds, value))


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _MOST_YEARS


def _is_pattern(value: object) -> bool:
    return isinstance(value, str) and bool(value) and compiled(value) is not None


def _is_mapping(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_example(value: object) -> bool:
    return _is_text(value) and isinstance(value, str) and len(value) <= LONGEST_NUMBER


_TEXT = f"a text of 1 to {_LONGEST} characters without blanks around it"
_FLAG = Key("true or false", _is_flag, required=False)
_YEARS = Key(f"a number of 1 to {_MOST_YEARS}", _is_number, required=False)
_KINDS = ("text", "date", "number", "money", "id_number")
_RULES = ("stated", "long_term", "years", "until_age")
_ROLES = ("legal_representative", "guardian")

TYPE: Keys = MappingProxyType(
    {
        "certificate_type": Key("21 characters: an authority's credit code and 3 digits", _is_like(CODE)),
        "name": Key(_TEXT, _is_text),
        "name_en": Key(_TEXT, _is_text),
        "aliases": Key(f"a list of {_MOST_NAMES} texts at most", _is_list_of(_is_text, _MOST_NAMES)),
        "formerly": Key(
            f"a list of {_MOST_CODES} codes at most",
            _is_list_of(_is_like(CODE), _MOST_CODES),
            required=False,
        ),
        "holder_kinds": Key(
            "a list of person, organisation or both",
            _is_list_of(_is_one_of("person", "organisation"), 2, least=1),
        ),
        "defining_authority": Key("a credit code of 18 characters", _is_like(_AUTHORITY)),
        "provisional": Key("true or false", _is_flag),
        "face": Key(f"one of {', '.join(TEMPLATES)}", _is_one_of(*TEMPLATES), required=False),
        "validity": Key("an object with rule, years, age", _is_mapping, required=False),
        "number_rule": Key("an object with pattern, example, check", _is_mapping, required=False),
        "one_per_holder": _FLAG,
        "joint": _FLAG,
        "retention_years": _YEARS,
        "fields": Key(
            f"a list of 1 to {_MOST_FIELDS} fields", _is_list_of(lambda _: True, _MOST_FIELDS, least=1)
        ),
        "public": _FLAG,
        "represents": Key(f"one of {', '.join(_ROLES)}", _is_one_of(*_ROLES), required=False),
    }
)
FIELD: Keys = MappingProxyType(
    {
        "name": Key("a name of a-z, 0-9 and _, 64 characters at most", _is_like(_FIELD_NAME)),
        "term": Key(_TEXT, _is_text),
        "kind": Key(f"one of {', '.join(_KINDS)}", _is_one_of(*_KINDS), required=False),
        "required": _FLAG,
        "sensitive": _FLAG,
        "choices": Key(
            f"a list of {_MOST_NAMES} texts at most", _is_list_of(_is_text, _MOST_NAMES), required=False
        ),
    }
)
VALIDITY: Keys = MappingProxyType(
    {
        "rule": Key(f"one of {', '.join(_RULES)}", _is_one_of(*_RULES)),
        "years": _YEARS,
        "age": _YEARS,
    }
)
NUMBER_RULE: Keys = MappingProxyType(
    {
        "pattern": Key("characters, classes such as [0-9A-Z], counts such as {6}, | between", _is_pattern),
        "example": Key(f"a number of 1 to {LONGEST_NUMBER} characters", _is_example),
        "check": Key(f"one of {', '.join(CHECKS)}", _is_one_of(*CHECKS), required=False),
    }
)
