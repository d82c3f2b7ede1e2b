"""The code that is printed on a face (验证码): short enough to be typed, and nobody guesses one.

A keyed permutation of the beginning of the certificate's id and its edition: whoever has the key reads both
out of it again. An issue keeps nothing for it; the first face that is drawn writes down where it leads.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass

from services.kernel.errors import Invalid

# No vowel, so no word; and of letters and digits that look alike (8 B, 5 S, 2 Z, 6 G, V U) one each.
_ALPHABET = "23456789CDFHJKMNPRTVWXY"
_MISREAD = str.maketrans("BSZGU", "8526V")
_BASE = len(_ALPHABET)
_LENGTH, _GROUP = 20, 4
_PASSED_OVER = re.compile(r"[\s\-‐-―_.·]+")
# 19 characters of 23 hold 85.9 bits.
_PREFIX_DIGITS = 18
_PREFIX_BITS, _EDITION_BITS = 4 * _PREFIX_DIGITS, 13
_RIGHT_BITS = 42
_LEFT_BITS = _PREFIX_BITS + _EDITION_BITS - _RIGHT_BITS
MOST_EDITIONS = (1 << _EDITION_BITS) - 1
# Luby and Rackoff need four; two more, since the sides are unlike.
_ROUNDS = 6
_WORD = 8
_MOST_TYPED = 100


class PrintedCodeWrong(Invalid):
    """Nobody was ever given this code: it was mistyped."""

    code = "printed_code_wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """What a code stands for. `prefix`: of the certificate's id, 72 bits in hexadecimal digits."""

    prefix: str
    edition: int


def prefix_of(certificate_id: str) -> str:
    """As `Printed` has it."""
    return certificate_id[:_PREFIX_DIGITS]


class PrintedCodes:
    """`key`: 32 bytes that nobody else has, or codes could be made for any certificate whose id is known."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, certificate_id: str, edition: int) -> str:
        """Give the 20 characters; editions count from 1."""
        if not 1 <= edition <= MOST_EDITIONS:
            raise ValueError(f"got edition {edition}; needed 1 to {MOST_EDITIONS}")
        whole = int(certificate_id[:_PREFIX_DIGITS], 16) << _EDITION_BITS | edition
        digits = _digits(self._permuted(whole))
        return "".join(_ALPHABET[digit] for digit in (*digits, _check(digits)))

    def read(self, text: str) -> Printed:
        """However it was typed; PrintedCodeWrong."""
        code = plain_code(text)
        digits = [_ALPHABET.index(one) for one in code]
        value = 0
        for digit in digits[:-1]:
            value = value * _BASE + digit
        if digits[-1] != _check(digits[:-1]) or value >> (_LEFT_BITS + _RIGHT_BITS):
            raise PrintedCodeWrong("its check character does not fit")
        whole = self._restored(value)
        prefix, edition = whole >> _EDITION_BITS, whole & MOST_EDITIONS
        return Printed(prefix=f"{prefix:0{_PREFIX_DIGITS}x}", edition=edition)

    def _permuted(self, whole: int) -> int:
        left, right = whole >> _RIGHT_BITS, whole & ((1 << _RIGHT_BITS) - 1)
        for number in range(_ROUNDS):
            left, right = self._round(number, left, right)
        return left << _RIGHT_BITS | right

    def _restored(self, whole: int) -> int:
        left, right = whole >> _RIGHT_BITS, whole & ((1 << _RIGHT_BITS) - 1)
        for number in reversed(range(_ROUNDS)):
            left, right = self._round(number, left, right)
        return left << _RIGHT_BITS | right

    def _round(self, number: int, left: int, right: int) -> tuple[int, int]:
        """One side is changed by the other: its own inverse."""
        if number % 2:
            return left, right ^ self._mixed(number, left, _RIGHT_BITS)
        return left ^ self._mixed(number, right, _LEFT_BITS), right

    def _mixed(self, number: int, half: int, bits: int) -> int:
        """BLAKE2b with its key (RFC 7693, 2.9): a fifth of the time of an HMAC."""
        said = bytes([number]) + half.to_bytes(_WORD)
        mixed = hashlib.blake2b(said, key=self._key, digest_size=_WORD).digest()
        return int.from_bytes(mixed) & ((1 << bits) - 1)


def plain_code(text: str) -> str:
    """In capitals, without what groups it, and with what is easily misread put right; PrintedCodeWrong."""
    said = unicodedata.normalize("NFKC", text[:_MOST_TYPED]).upper()
    code = _PASSED_OVER.sub("", said).translate(_MISREAD)
    if len(code) != _LENGTH or set(code) - set(_ALPHABET):
        raise PrintedCodeWrong(f"needed {_LENGTH} characters of {_ALPHABET}")
    return code


def grouped(code: str) -> str:
    """As it stands on a page: `2345-6789-...`."""
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def _digits(value: int) -> list[int]:
    digits = []
    for _ in range(_LENGTH - 1):
        value, digit = divmod(value, _BASE)
        digits.append(digit)
    return digits[::-1]


def _check(digits: list[int]) -> int:
    """Every weight is another one and 23 is prime: one wrong character, or two changed over, is found."""
    total = sum(place * digit for place, digit in enumerate(digits, start=1))
    return -total * pow(_LENGTH, -1, _BASE) % _BASE
