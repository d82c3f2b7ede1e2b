"""What the files of the registry have in common."""

from collections.abc import Mapping
from typing import Any

from services.kernel.errors import Invalid
from services.space.domain import Predicate


class KindWrong(Invalid):
    """A value of another kind; the reader of the file says where."""

    code = "item_invalid"


def predicate(said: dict[str, Any]) -> Predicate:
    """`value` is one or a list, and none of `known`; a number or a date of YAML is meant as it is written."""
    named = dict(said)
    value = named.pop("value", [])
    values = value if isinstance(value, list) else [value]
    return Predicate(**named, values=tuple(str(one) for one in values))


def check_kinds(said: dict[str, Any], kinds: Mapping[str, type]) -> None:
    """YAML makes a number of `2026` and a text of `"yes"`; who hears of it would bury it."""
    for name, value in said.items():
        kind = kinds.get(name, str)
        if not isinstance(value, kind):
            raise KindWrong(f"{name} is no {kind.__name__}")
