"""How clerks write cells, and what goes wrong in rows: each quirk and each fault was met in real files."""

from collections.abc import Callable
from datetime import date
from random import Random

_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_SERIAL_ORIGIN = date(1899, 12, 30)  # day 0 of Excel

_DAYS: tuple[Callable[[date], str], ...] = (
    *[lambda day: day.isoformat()] * 6,
    lambda day: f"{day:%Y/%m/%d}",
    lambda day: f"{day:%Y.%m.%d}",
    lambda day: f"{day.year}-{day.month}-{day.day}",
    lambda day: f"{day.year}年{day.month}月{day.day}日",
    lambda day: f"{day:%Y%m%d}",
    lambda day: f"{day:%Y-%m-%d} 00:00:00",
    lambda day: f"{day.year}，{day.month}，{day.day}",
    lambda day: day.isoformat().translate(_FULL_WIDTH),
    lambda day: str((day - _SERIAL_ORIGIN).days),
)
_NOTHING = ("", "", "", "/", "无", "——", "-", "　", "null")
_NO_CODE = (*_NOTHING, "0", "1")
_NO_END = ("长期", "长期有效", "2099/12/31", "9999-12-31", "2099-12-31")
_CODES: tuple[Callable[[str], str], ...] = (
    *[lambda code: code] * 12,
    lambda code: f"'{code}",
    lambda code: f"{code}\t",
    lambda code: code.lower(),
    lambda code: code.translate(_FULL_WIDTH),
    lambda code: f" {code[:8]} {code[8:]}",
)


def day(chance: Random, value: date | None) -> str:
    """A date in one of the ways it is written; None has no end."""
    return chance.choice(_DAYS)(value) if value else chance.choice(_NO_END)


def nothing(chance: Random) -> str:
    """An empty cell."""
    return chance.choice(_NOTHING)


def no_code(chance: Random) -> str:
    """An empty cell where the form wants a code."""
    return chance.choice(_NO_CODE)


def code(chance: Random, value: str) -> str:
    """A code as it is typed or pasted."""
    return chance.choice(_CODES)(value)


# Columns of the form, counted from 0.
CATEGORY, NUMBER, CONTENT, DECIDED, BEGINS, ENDS, AUTHORITY, STATE = 1, 2, 16, 17, 18, 19, 21, 22

Change = Callable[[list[str]], list[str]]


def _put(column: int, value: str) -> Change:
    return lambda cells: [*cells[:column], value, *cells[column + 1 :]]


def _mistype(cells: list[str]) -> list[str]:
    code = cells[NUMBER].strip()
    return _put(NUMBER, code[:-1] + ("1" if code[-1] != "1" else "2"))(cells)


def _owner_for_company(cells: list[str]) -> list[str]:
    return _put(CATEGORY, "法人及非法人组织")(_put(NUMBER, "42032219951207426X")(cells))


def _twice_wrong(cells: list[str]) -> list[str]:
    return _put(STATE, "3")(_put(CONTENT, "暂无")(cells))


def _ends_first(cells: list[str]) -> list[str]:
    return _put(BEGINS, "2026-05-01")(_put(ENDS, "2025-04-30")(cells))


# Each makes a good row one that is refused.
FAULTS: tuple[Change, ...] = (
    _mistype,
    _put(NUMBER, "91420322YM00000"),
    _put(NUMBER, "00000000000000000X"),
    _put(NUMBER, "无"),
    _put(NUMBER, "9.14203E+17"),
    _put(NUMBER, "92420322YM0000001Q/92420322YM0000002R"),
    _owner_for_company,
    _ends_first,
    _put(BEGINS, "二〇二六年三月"),
    _put(ENDS, "2031.1"),
    _put(ENDS, ""),
    _put(STATE, "异议"),
    _put(STATE, "2"),
    _put(AUTHORITY, "/"),
    _put(AUTHORITY, "11420322YM0000009X"),
    _twice_wrong,
    lambda cells: cells[:20],
    lambda cells: [*cells[:CONTENT], "食品销售", *cells[CONTENT:]],
    _put(CONTENT, "预包装食\ufffd销售"),
)
# Each leaves a row that goes through: with a flag for a person, or as one that was withdrawn.
ODDITIES: tuple[Change, ...] = (
    _put(BEGINS, "2026.03"),
    _put(DECIDED, "26-3-5"),
    lambda cells: _put(NUMBER, f"{cells[NUMBER].strip()}（新）")(cells),
    _put(DECIDED, "2024-06-30"),
    _put(STATE, "撤销"),
    _put(STATE, "撤销"),
)
