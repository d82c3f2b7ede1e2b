"""Which place of which status list a certificate gets: nobody outside can tell who stands beside whom.

Numbers come from a counter that hands out blocks (gaps are allowed), so that two processes never have the
same one; within a list the n-th number stands at the n-th place of a keyed shuffle. Random places under a
unique index would do too, but cost an index, and a second try ever more often as a list fills.
"""

import array
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

# Entries of a list: 32 kB unpacked at two bits, and a crowd that is large enough to disappear in.
SIZE = 2**17
_WORD = 8
_SHUFFLES_KEPT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """Where a certificate's status stands: kept with the certificate, and signed with it."""

    uri: str
    index: int


class Shuffles:
    """The shuffle of each list, from one secret of 32 bytes.

    Sorted by 64 bits of AES-CTR each, so every order is as likely as another; ciphers on so small a domain
    (NIST SP 800-38G wants a million values) are not. 50 ms and 0.5 MB a list; the last few are kept.
    """

    def __init__(self, key: bytes) -> None:
        self._key = AES(key)
        self._kept: dict[int, array.array[int]] = {}

    def place(self, number: int) -> tuple[int, int]:
        """Give list and index for the counter's number, from 0: different for every number."""
        which, turn = divmod(number, SIZE)
        return which, self._shuffle(which)[turn]

    def _shuffle(self, which: int) -> "array.array[int]":
        found = self._kept.get(which)
        if found is None:
            found = self._made(which)
            if len(self._kept) >= _SHUFFLES_KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[which] = found
        return found

    def _made(self, which: int) -> "array.array[int]":
        start = which.to_bytes(_WORD) + bytes(_WORD)
        stream = Cipher(self._key, CTR(start)).encryptor().update(bytes(_WORD * SIZE))
        words = array.array("Q", stream)
        if words.itemsize != _WORD:
            raise ValueError("a word of this machine has another length")
        return array.array("L", sorted(range(SIZE), key=words.__getitem__))
