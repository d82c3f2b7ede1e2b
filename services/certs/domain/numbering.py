"""How the numbers of certificates of a type are made (编号规则).

A pattern is no regular expression: one that an administrator types must not be able to stop the service.
It is characters and classes ([0-9A-Z]), each with {n} or {n,m} behind it, and | between alternatives.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from services.kernel.check_digits import mod_11_2, mod_11_10, mod_31, mod_37_36

_CHARACTER = r"0-9A-Z\u4e00-\u9fff"
_CLASS = rf"\[(?:[{_CHARACTER}](?:-[{_CHARACTER}])?)+\]"
_ATOM = re.compile(rf"({_CLASS}|[{_CHARACTER}()/.\-])(\{{[0-9]{{1,2}}(,[0-9]{{1,2}})?\}})?")
_LONGEST, _MOST_ALTERNATIVES = 200, 8
# Each one more of them multiplies the ways in which a number can be tried.
_MOST_OPEN_COUNTS = 2
LONGEST_NUMBER = 64

CHECKS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {"mod_11_2": mod_11_2, "mod_11_10": mod_11_10, "mod_31": mod_31, "mod_37_36": mod_37_36}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRule:
    """`example`: a number that the rule allows, shown to whoever wrote another.

    `check`: by which function of `CHECKS` the last character follows from the digits before it, back to the
    last letter; for mod_31 and mod_37_36 from the whole number.
    """

    pattern: str
    example: str
    check: str | None = None

    def allows(self, number: str) -> bool:
        """`number` in the form for comparing (`normal`), upper case."""
        pattern = compiled(self.pattern)
        if pattern is None or len(number) > LONGEST_NUMBER or not pattern.fullmatch(number):
            return False
        return self.check is None or _check_holds(self.check, number)


@lru_cache(maxsize=1000)
def compiled(pattern: str) -> re.Pattern[str] | None:
    """Give what the pattern means, or None where it is not one."""
    alternatives = pattern.split("|")
    if len(pattern) > _LONGEST or len(alternatives) > _MOST_ALTERNATIVES:
        return None
    parts = [_alternative(one) for one in alternatives]
    if not all(parts):
        return None
    try:
        return re.compile("|".join(f"(?:{part})" for part in parts))
    except re.error:  # reason: a range or a count that runs backwards
        return None


def _alternative(text: str) -> str | None:
    place, parts, opened = 0, [], 0
    while place < len(text):
        found = _ATOM.match(text, place)
        if found is None:
            return None
        atom, count, is_open = found.groups()
        parts.append((atom if atom.startswith("[") else re.escape(atom)) + (count or ""))
        opened += bool(is_open)
        place = found.end()
    return "".join(parts) if opened <= _MOST_OPEN_COUNTS else None


def _check_holds(check: str, number: str) -> bool:
    digits = re.search(r"[0-9]*$", number[:-1])
    whole = check in {"mod_31", "mod_37_36"} or digits is None
    body = number[:-1] if whole else digits[0] if digits else ""
    try:
        return bool(body) and CHECKS[check](body) == number[-1]
    except ValueError:  # reason: a character that the function does not have
        return False
