"""Who a holder is: checking the number of a document, and the id that is derived from it.

The ID types are the codes of GB/T 36903. No failure repeats the number: it is personal data.
"""

import base64
import calendar
import hmac
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import Literal, NewType

from services.kernel.check_digits import mod_11_2, mod_31
from services.kernel.errors import Invalid

HolderId = NewType("HolderId", str)
HolderKind = Literal["person", "organisation"]

# Official filler for "has no code": as an archive key it would throw unrelated holders together.
PLACEHOLDER_USCC = "00000000000000000X"

_WORDS_FOR_NOTHING = frozenset({"NULL", "NONE", "N/A", "暂无", "未办", "没有", "不详", "未知"})
_EARLIEST_BIRTH_YEAR = 1850
# Registration body and kind (GB 32100, 4), six digits of region, body code, check character.
_USCC = re.compile(r"[1-9ANY][1-9][0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
_CITIZEN = re.compile(r"[0-9]{17}[0-9X]")
# Laid out as a citizen number, with the birth date in characters 7 to 14.
_WITH_BIRTH_DATE = frozenset({"111", "551", "552", "553"})
# From then on nobody is anybody's guardian by birth (民法典, 17).
GROWN_UP = 18


class IdTypeUnknown(Invalid):
    """Not one of the document types that we take."""

    code = "id_type_unknown"


class NumberInvalid(Invalid):
    """The number cannot belong to a document of its type."""

    code = "id_number_invalid"


class PlaceholderCode(Invalid):
    """The filler code names nobody."""

    code = "holder_code_placeholder"


def _need(holds: object, problem: str) -> None:
    if not holds:
        raise NumberInvalid(problem)


def _uscc(number: str, _today: date) -> None:
    _need(_USCC.fullmatch(number), "a unified social credit code has 18 characters of 0-9A-Z without IOSVZ")
    _need(mod_31(number[:17]) == number[17], "the check character of the credit code does not hold")


def _citizen(number: str, today: date) -> None:
    """18 characters with a birth date in 1850..today; any region, since regions come and go."""
    _need(_CITIZEN.fullmatch(number), "17 digits and a check character (0-9 or X) are needed")
    _need(mod_11_2(number[:17]) == number[17], "the check character does not hold")
    try:
        birth = date.fromisoformat(f"{number[6:10]}-{number[10:12]}-{number[12:14]}")
    except ValueError as error:
        raise NumberInvalid("digits 7 to 14 are not a date") from error
    _need(birth.year >= _EARLIEST_BIRTH_YEAR and birth <= today, "the birth date is not in 1850 .. today")


def _citizen_like(*regions: str) -> Callable[[str, date], None]:
    """A card laid out as a citizen number, whose first digits are one of these."""

    def check(number: str, today: date) -> None:
        _need(number.startswith(regions), f"the first digits are not one of {', '.join(regions)}")
        _citizen(number, today)

    return check


def _pattern(pattern: str, words: str) -> Callable[[str, date], None]:
    compiled = re.compile(pattern)

    def check(number: str, _today: date) -> None:
        _need(compiled.fullmatch(number), f"not {words}")

    return check


_OLD_PERMANENT = re.compile(r"[A-Z]{3}[0-9]{12}")
_NEW_PERMANENT = _citizen_like("9")


def _permanent_residence(number: str, today: date) -> None:
    """The card of 2023 (18, laid out as a citizen number) or the one before it (15), both in use."""
    if not _OLD_PERMANENT.fullmatch(number):
        _NEW_PERMANENT(number, today)


def _free(number: str, _today: date) -> None:
    _need(1 <= len(number) <= 40 and number.isprintable(), "1 to 40 printable characters are needed")  # noqa: PLR2004


# One rule for all four passports: a foreign one comes under 414 too, and ICAO 9303 says no more than this.
_passport = _pattern(r"(?=.*[0-9])[A-Z0-9]{5,9}", "a passport number: 5 to 9 of A-Z and 0-9")

_CHECKS: Mapping[str, Callable[[str, date], None]] = {
    "001": _uscc,
    "099": _free,
    "111": _citizen,
    "114": _free,
    "115": _free,
    "118": _free,
    "119": _free,
    "411": _passport,
    "412": _passport,
    "413": _passport,
    "414": _passport,
    "511": _pattern(r"[0-9]{8}", "a mainland travel permit for Taiwan residents: 8 digits"),
    "516": _pattern(r"[HM][0-9]{8}", "a mainland travel permit for Hong Kong or Macao: H or M and 8 digits"),
    "551": _citizen_like("810000", "820000"),
    "552": _citizen_like("830000"),
    "553": _permanent_residence,
    "999": _free,
}


def kind_of(id_type: str) -> HolderKind:
    """Person or organisation, by the type of document; IdTypeUnknown for a type we do not take."""
    if id_type not in _CHECKS:
        raise IdTypeUnknown(f"{id_type[:8]!r} is not one of {', '.join(_CHECKS)}")
    return "organisation" if id_type in {"001", "099"} else "person"


def _is_filler(canonical: str) -> bool:
    """Nothing but signs, or one digit or letter over and over: what is typed where a number is missing."""
    return len({one for one in canonical if one.isalnum()}) < 2 or canonical in _WORDS_FOR_NOTHING  # noqa: PLR2004


def check_number(id_type: str, number: str, *, today: date) -> str:
    """Give the canonical number (half-width, upper case, no blanks) or raise; `today` is civil, in China."""
    kind_of(id_type)
    canonical = "".join(unicodedata.normalize("NFKC", number).upper().split())
    if canonical == PLACEHOLDER_USCC:
        raise PlaceholderCode("the filler code stands for a holder without a code and names nobody")
    _CHECKS[id_type](canonical, today)
    if _is_filler(canonical):
        raise PlaceholderCode("a filler stands for a holder without a number and names nobody")
    return canonical


def birthday(id_type: str, canonical: str, age: int) -> date | None:
    """The day on which this age is reached, if the number tells; 1 March where there is no 29 February."""
    if id_type not in _WITH_BIRTH_DATE or not _CITIZEN.fullmatch(canonical):
        return None
    year, month, day = int(canonical[6:10]) + age, int(canonical[10:12]), int(canonical[12:14])
    leap = (month, day) == (2, 29) and not calendar.isleap(year)
    return date(year, 3, 1) if leap else date(year, month, day)


def holder_id(key: bytes, id_type: str, canonical: str) -> HolderId:
    """130 bits of a keyed hash in 26 characters: a plain one could be undone by trying every number."""
    digest = hmac.digest(key, f"{id_type}:{canonical}".encode(), "sha256")
    return HolderId(base64.b32encode(digest[:17]).decode()[:26])


# The two-character family names still met often; others keep their first character only.
_DOUBLE_SURNAMES = (
    *("欧阳", "上官", "司马", "诸葛", "司徒", "东方", "独孤", "南宫", "夏侯", "皇甫", "尉迟", "长孙", "慕容"),
    *("令狐", "宇文", "公孙", "轩辕", "端木", "闻人", "澹台", "呼延", "西门", "申屠", "钟离", "东郭", "百里"),
)


def mask_name(name: str, kind: HolderKind = "person") -> str:
    """张三 -> 张*, 欧阳修远 -> 欧阳**; at most three stars. The name of an organisation is public."""
    if kind == "organisation":
        return name
    kept = 2 if len(name) > 2 and name.startswith(_DOUBLE_SURNAMES) else max(0, min(1, len(name) - 1))  # noqa: PLR2004
    return name[:kept] + "*" * min(3, len(name) - kept)


def mask_number(number: str) -> str:
    """Keep 3 and 2 characters of a long number, 1 and 1 of a short one: enough to recognise one's own."""
    first, last = (3, 2) if len(number) >= 15 else (1, 1)  # noqa: PLR2004
    if len(number) <= first + last:
        return "*" * len(number)
    return number[:first] + "*" * (len(number) - first - last) + number[-last:]


# The middle dot of minority names in the forms that input methods and forms produce, and full width.
_ONE_FORM = {ord(dot): "·" for dot in "・•･‧∙⋅"} | {0xFF01 + place: chr(0x21 + place) for place in range(94)}


def canonical_name(name: str) -> str:
    """Give the form for comparing, never for showing: NFC, one middle dot, half width, no blanks."""
    one_form = name if name.isascii() else unicodedata.normalize("NFC", name).translate(_ONE_FORM)
    return "".join(one_form.split())
