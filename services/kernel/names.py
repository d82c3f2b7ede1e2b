"""Whether two services mean the same holder by a name: told by a keyed hash, so that no name travels."""

import hmac
import re
import unicodedata

# Punctuation, signs and blanks; and what shows nothing. Marks stay: they are part of a letter.
_BETWEEN = frozenset({"P", "S", "Z"})
_UNSEEN = frozenset({"Cc", "Cf"})
# What shows nothing and may stand within a word or a letter (Unicode, Default_Ignorable_Code_Point): the
# selectors of a glyph's variant, joiners, soft hyphens, byte order marks. A name typed elsewhere lacks them.
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def comparable_name(name: str) -> str:
    """Give the form for asking whether a name fits a number; wider than `canonical_name`, never for showing.

    NFKC, letters of one case, and nothing but letters: brackets, dots and blanks are written in every way.
    A name without a letter of Lo (Han, Arabic ...) is the same in any order of its words (ICAO 9303, 3).
    """
    seen = _IGNORABLE.sub("", name)
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())
    words = "".join(one if _is_letter(one) else " " for one in folded).split()
    if not any(unicodedata.category(one) == "Lo" for one in folded):
        words.sort()
    return "".join(words)


def hash_name(key: bytes, holder_id: str, name: str) -> str:
    """Bound to the holder: equal names of two holders have nothing in common, and no table of names helps."""
    return hmac.digest(key, f"{holder_id}:{comparable_name(name)}".encode(), "sha256").hex()


def _is_letter(one: str) -> bool:
    category = unicodedata.category(one)
    return category[0] not in _BETWEEN and category not in _UNSEEN
