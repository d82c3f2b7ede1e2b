"""Check characters of Chinese identifiers. Pure; each function takes the text without its check character.

A text with a foreign character raises ValueError: the caller decides what that means.
"""

DIGITS = "0123456789"
ALPHANUMERIC = DIGITS + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# GB 32100-2015, 5: the letters I, O, S, V and Z are left out because they read like digits or each other.
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def _values(text: str, alphabet: str) -> list[int]:
    """Give the place of each character; ValueError for one that is not in the alphabet."""
    return list(map(alphabet.index, text))


def mod_11_2(text: str) -> str:
    """ISO 7064 MOD 11-2 (citizen numbers, GB 11643): digits in, one of 0-9 or X out."""
    remainder = 0
    for value in _values(text, DIGITS):
        remainder = (remainder + value) * 2 % 11
    return "0123456789X"[(12 - remainder) % 11]


def mod_11_10(text: str) -> str:
    """ISO 7064 MOD 11,10 (GB/T 17710: numbers of food licences and others): digits in, a digit out."""
    product = 10
    for value in _values(text, DIGITS):
        product = ((product + value) % 10 or 10) * 2 % 11
    return DIGITS[(11 - product) % 10]


def mod_31(text: str) -> str:
    """GB 32100-2015 appendix A (unified social credit code): weights are the powers of 3 modulo 31."""
    total = 0
    for value in reversed(_values(text, USCC_ALPHABET)):
        total = total * 3 + value
    return USCC_ALPHABET[-total % 31]


def mod_37_36(text: str) -> str:
    """ISO 7064 MOD 37,36 (identifiers of certificates, GB/T 36904): 0-9A-Z in, 0-9A-Z out."""
    product = 36
    for value in _values(text, ALPHANUMERIC):
        product = ((product + value) % 36 or 36) * 2 % 37
    return ALPHANUMERIC[(37 - product) % 36]
