"""Dates as clerks write them: civil dates, without a time and without a zone."""

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.certs.domain import FAR_YEAR, shown
from services.certs.sheets.cells import words
from services.kernel.clock import civil_date

_LONG_TERM = re.compile(r"(长期|永久|无(固定)?期限)(有效)?")
_TIME = re.compile(r"(?<=[\d日])[ T]*\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$")
# A moment, as programs write one: midnight in Shanghai is 16:00Z of the day before.
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}[\d:.]*(Z|[+-]\d{2}:?\d{2})")
_PARTED = re.compile(r"(\d{4}|\d{2})([-/.,、年])(\d{1,2})(?:[-/.,、月](\d{1,2})日?|月)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL = re.compile(r"\d{5}(\.\d+)?")
_SERIAL_ORIGIN = date(1899, 12, 30)  # day 0 of Excel's 1900 system for every day after February 1900
_SERIALS = range(20_000, 73_051)  # 1954 to 2099
# A lower two-digit year could as well be the month or the day of a date written the American way.
_SHORT_YEARS = range(13, 70)
_LONGEST = 64  # characters of a cell that are looked at


class DateUnreadable(ValueError):
    """Not a date, or one that could be read in two ways."""


@dataclass(frozen=True, slots=True)
class Day:
    """A date read from a cell; `on` is None for an end that is not there (长期)."""

    on: date | None
    warnings: tuple[str, ...] = ()


def read_day(cell: str, *, is_end: bool = False) -> Day | None:
    """Read a cell; None where it is empty.  A month alone means its first day, as an end its last."""
    written = words(cell[:_LONGEST])
    if written is None:
        return None
    text = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", written)).strip()
    if is_end and _LONG_TERM.fullmatch(text):
        return Day(None)
    try:
        day = _parse(text, is_end=is_end)
    except (ValueError, OverflowError) as error:
        raise DateUnreadable(f"got {shown(text)}; needed a day such as 2024-03-05") from error
    return Day(None) if is_end and day.on and day.on.year >= FAR_YEAR else day


def _parse(written: str, *, is_end: bool) -> Day:
    if _MOMENT.fullmatch(written):
        return Day(civil_date(datetime.fromisoformat(written)))
    text = _TIME.sub("", written).strip().replace(" ", "")
    if match := _COMPACT.fullmatch(text):
        return Day(date(*map(int, match.groups())))
    if _SERIAL.fullmatch(text) and int(float(text)) in _SERIALS:
        return Day(_SERIAL_ORIGIN + timedelta(days=int(float(text))))
    match = _PARTED.fullmatch(text)
    if match is None:
        raise DateUnreadable(text)
    year, mark, month, day = match.groups()
    if day is None:
        return _month(year, mark, month, is_end=is_end)
    if len(year) > 2:  # noqa: PLR2004  # digits
        return Day(date(int(year), int(month), int(day)))
    if int(year) not in _SHORT_YEARS:
        raise DateUnreadable(text)
    return Day(date(2000 + int(year), int(month), int(day)), ("date_two_digit_year",))


def _month(year: str, mark: str, month: str, *, is_end: bool) -> Day:
    # 2024.1 is January, or the number 2024.10 after a spreadsheet dropped its zero.
    if len(year) == 2 or (mark == "." and month == "1"):  # noqa: PLR2004  # digits
        raise DateUnreadable(f"{year}{mark}{month}")
    last = monthrange(int(year), int(month))[1] if 1 <= int(month) <= 12 else 0  # noqa: PLR2004  # months
    return Day(date(int(year), int(month), last if is_end else 1), ("date_month_only",))
