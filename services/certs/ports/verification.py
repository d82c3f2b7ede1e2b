"""What a verification for anyone needs: the register as it is, and the checks of what is shown."""

from typing import Protocol

from services.certs.domain.printed_code import Printed
from services.certs.domain.register import Record
from services.certs.domain.verification import Found, Presented, Verification


class Records(Protocol):
    """The certificates' own documents, read at each call: whatever was acknowledged before it is in it."""

    async def find(self, certificate_id: str) -> Record | None:
        """By id."""
        ...

    async def find_printed(self, printed: Printed) -> Record | None:
        """The one whose printed code this is."""
        ...

    async def print(self, record: Record) -> None:
        """See to it that the code on a face of it leads to it."""
        ...

    async def open(self, record: Record) -> str | None:
        """The credential of the edition that stands; None where the holder's key is gone."""
        ...


class Checks(Protocol):
    """The craft: signatures, seals and pages."""

    async def open(self, content: bytes) -> Presented:
        """Take apart what is shown; a refusal where it is a file that nobody should open."""
        ...

    async def judge(self, presented: Presented, found: Found) -> Verification:
        """Three answers; no refusal."""
        ...
