"""Whether two services mean the same holder by a name: told by a keyed hash, so that no name travels."""

import hmac
import unicodedata

# Punctuation, signs and blanks; and what shows nothing. Marks stay: they are part of a letter.
_BETWEEN = frozenset({"P", "S", "Z"})
_UNSEEN = frozenset({"Cc", "Cf"})


def comparable_name(name: str) -> str:
    """Give the form for asking whether a name fits a number; wider than `canonical_name`, never for showing.

    NFKC, letters of one case, and nothing but letters: brackets, dots and blanks are written in every way.
    A name without a letter of Lo (Han, Arabic ...) is the same in any order of its words (ICAO 9303, 3).
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
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
