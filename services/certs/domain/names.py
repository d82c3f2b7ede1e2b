"""Whether the name of an approval is that of the holder of its number, and what becomes of one whose is not.

A wrong number is somebody else's: what comes with another name than the holder's goes to nobody's space
before the authority has looked at it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.certs.events import NameConfirmed
from services.kernel.errors import Conflict


class HolderNameDiffers(Conflict):
    """The number is known under another name."""

    code = "holder_name_differs"

    def __init__(self, pending_id: str) -> None:
        super().__init__(f"pending {pending_id}: the number of the holder is known under another name")
        self.told: Mapping[str, str] = {"pending_id": pending_id}


class EntryNameDiffers(Conflict):
    """Said on the list alone, of what was issued before its holder was known."""

    code = "entry_name_differs"


class CertificateVanished(Conflict):
    """Said on the list alone, of what stands and is not in its authority's full list."""

    code = "certificate_vanished"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAs:
    """What the names of a holder are hashed; none: known, and nothing told of the name."""

    name_hashes: frozenset[str]

    def doubts(self, name_hash: str) -> bool:
        """Whether it is known under other names alone."""
        return bool(self.name_hashes) and name_hash not in self.name_hashes


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """An authority's word for a name of a holder: one for the three of them."""

    confirmation_id: str
    holder_id: str
    authority: str
    name_hash: str
    reason: str
    by: str
    at: datetime

    def said(self) -> NameConfirmed:
        """Give the fact."""
        return NameConfirmed(
            confirmation_id=self.confirmation_id,
            version=1,
            holder_id=self.holder_id,
            authority=self.authority,
            name_hash=self.name_hash,
            confirmed_at=self.at,
        )
