"""The craft of the code: `YM1:` + Base45 of a CWT signed with COSE ES256 (RFC 9052, RFC 8392, RFC 9285).

docs/code-format.md describes it for others, with test vectors.
"""

from services.identity.codes.cose import CodeReader, CoseCodes, siv_key
from services.identity.codes.layout import CHARACTERS, LONGEST, PREFIX, Opened, key_id_of, unwrapped

__all__ = [
    "CHARACTERS",
    "LONGEST",
    "PREFIX",
    "CodeReader",
    "CoseCodes",
    "Opened",
    "key_id_of",
    "siv_key",
    "unwrapped",
]
