"""Whether an entry is its holder's: by the name in it, and those that the holder is known by.

A certificate that came with a wrong number lies in a stranger's space. Nobody is shown it, or told of it,
before the name fits: the holder's own, a former one, or one that the issuing authority has confirmed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from services.kernel.errors import NotFound, Unavailable

# unknown: nothing was heard of the holder so far.
Verdict = Literal["fits", "differs", "unknown"]


class HolderUnknown(NotFound):
    """Who asks is told: it is the administrator."""

    code = "holder_unknown"


class HolderNotYetKnown(Unavailable):
    """Whoever reads has signed in, so identity's word is on its way; until then nothing is shown."""

    code = "holder_not_yet_known"
    retry_after = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownNames:
    """Of some holders: names as hashes (none: known, and no name told), and what authorities confirm.

    `versions`: at which identity said the names; another after each renaming, and after an erasure.
    """

    of_holders: Mapping[str, frozenset[str]] = field(default_factory=dict)
    versions: Mapping[str, int] = field(default_factory=dict)
    confirmed: frozenset[tuple[str, str, str]] = field(default_factory=frozenset)

    def judge(self, holder_id: str, authority: str, name_hash: str) -> Verdict:
        """Tell whether that authority's certificate under this name is the holder's."""
        if (holder_id, authority, name_hash) in self.confirmed:
            return "fits"
        known = self.of_holders.get(holder_id)
        if known is None:
            return "unknown"
        return "fits" if not known or name_hash in known else "differs"
