"""Numbers of persons in what a counter types: found however they are written, and told from case numbers."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date

from services.kernel.check_digits import mod_11_2

# The numbering plan of mobile telephones (电信网编号计划), with or without the prefix of the country.
_MOBILE = re.compile(r"(?:(?:00)?86)?1[3-9][0-9]{9}")
_CITIZEN = re.compile(r"[0-9]{17}[0-9X]")
_CHAIN = re.compile(r"[0-9]+(?:-+[0-9]+)*(?:-*X)?")
_GROUP = re.compile(r"[0-9]+|X")
# Categories of Unicode: blanks, what shows nothing, and marks (hyphens, dots, brackets ...).
_BETWEEN = ("Z", "C", "P")
_MINUS = "\u2212"
_LONGEST = 18
_EARLIEST_BIRTH = date(1850, 1, 1)
# The shortest group with which people begin a number in the middle of others: 138 1234 5678.
_BEGINS = 3


def names_person(text: str, *, today: date) -> bool:
    """Whether a citizen number that checks, or a mobile number, stands in it; `today` is civil, in China.

    Only as a whole run of digits: a piece of a longer one is a piece of a case number.
    """
    return any(
        _MOBILE.fullmatch(run) or _is_citizens(run, today)
        for chain in _CHAIN.findall(_plain(text))
        for run in _runs(_GROUP.findall(chain))
    )


def _plain(text: str) -> str:
    """Digits of every script as 0-9, letters as capitals, and one hyphen for all that stands between."""
    return "".join(
        "-" if unicodedata.category(one).startswith(_BETWEEN) or one == _MINUS
        else str(unicodedata.decimal(one, one))
        for one in unicodedata.normalize("NFKC", text).upper()
    )  # fmt: skip


def _runs(groups: list[str]) -> Iterator[str]:
    """What groups that follow each other make together, as far as a number may be long."""
    for begin, first in enumerate(groups):
        if begin and len(first) < _BEGINS:
            # 2026-17-123456789 is a year and two counts.
            continue
        run = ""
        for group in groups[begin:]:
            run += group
            if len(run) > _LONGEST:
                break
            yield run


def _is_citizens(run: str, today: date) -> bool:
    """GB 11643: region, birth date, sequence, check character."""
    if not _CITIZEN.fullmatch(run) or mod_11_2(run[:17]) != run[17]:
        return False
    try:
        born = date.fromisoformat(run[6:14])
    except ValueError:
        return False
    return _EARLIEST_BIRTH <= born <= today
