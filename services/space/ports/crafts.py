"""What the space needs of its crafts: sealed content, tickets, certificates in part."""

from collections.abc import Collection, Sequence
from typing import Protocol

from services.space.domain import Access, Entry


class Seals(Protocol):
    """Content that travels sealed to us."""

    def open(self, text: str, *, event_type: str, holder_id: str, version: int) -> bytes:
        """Give the content, or raise `SealBroken`, a refusal."""
        ...


class Tickets(Protocol):
    """By which certs draws a copy of what was pulled."""

    def sign(self, entry: Entry, access: Access, *, disclosed: Sequence[str] | None) -> str:
        """For this certificate as it was pulled, by whom, for what and why as it is on record.

        `disclosed`: what of it was handed over (`fields.address`, `holder_name`); None: all.
        """
        ...


class Credentials(Protocol):
    """Certificates as they were signed."""

    def part(self, credential: str, names: Collection[str]) -> str:
        """Give it with nothing shown but these, as far as it has them; CredentialUnreadable."""
        ...
