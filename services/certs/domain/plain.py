"""JSON that every reader reads alike."""

import json
from typing import Any, NoReturn


def check_plain(content: bytes) -> None:
    """ValueError where two readers could see two approvals, or one of them none.

    RFC 8259, 4 and 6, leave open which of two equal names counts, and what a number out of range is.
    """
    try:
        _PLAIN.decode(content.decode())
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(found := dict(pairs)) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_constant(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are no JSON")


def _finite(text: str) -> float:
    if abs(number := float(text)) == float("inf"):
        raise ValueError("a number is out of range")
    return number


_PLAIN = json.JSONDecoder(object_pairs_hook=_each_once, parse_constant=_no_constant, parse_float=_finite)
