"""The check at a counter that cannot reach identity: public keys and lists in a file, and nothing else.

It grades an emergency code (应急码): it opens no data and gives no grant, and it says what nobody can know
without the network.
"""

from services.identity.offline.checking import Bundle, BundleUnusable, check, read_bundle
from services.identity.offline.grades import WORDS, Grade, Graded, shown_as_json, shown_as_text

__all__ = [
    "WORDS",
    "Bundle",
    "BundleUnusable",
    "Grade",
    "Graded",
    "check",
    "read_bundle",
    "shown_as_json",
    "shown_as_text",
]
