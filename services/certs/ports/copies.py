"""What copies of certificates need from the world."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from services.certs.domain.copy import Copy
from services.certs.domain.ticket import Ticket
from services.certs.events import MandateChanged


class Tickets(Protocol):
    """What space signed at a pull."""

    async def read(self, text: str) -> Ticket:
        """Give what it says; TicketRejected, TicketExpired."""
        ...


class Copies(Protocol):
    """The craft of drawing."""

    async def draw(self, copy: Copy) -> bytes:
        """The file; FacesBusy, FaceUnprintable."""
        ...

    def holders(self, credential: str) -> Sequence[str]:
        """The names of all its holders, in its order."""
        ...

    def part(self, credential: str, names: Collection[str]) -> str:
        """The credential with nothing shown but these."""
        ...


class Mandates(Protocol):
    """The mirror of identity's mandates."""

    async def is_over(self, mandate_id: str, *, at: datetime) -> bool:
        """Whether nobody may act on it any more; one not heard of yet is as its token says."""
        ...

    async def advance(self, heard: Sequence[MandateChanged]) -> None:
        """Keep each that is newer than what is held."""
        ...
