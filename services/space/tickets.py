"""The craft of pull tickets: JWTs by which certs draws a copy of what was pulled, and of nothing else."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from services.kernel.clock import Clock
from services.kernel.keys.rings import Signer
from services.space.domain import Access, Entry

AUDIENCE = "certs"
# Not an address: whoever reads one has our public keys in a file.
ISSUER = "urn:yima:space"
TICKET_TYPE = "pull-ticket+jwt"
# For the page that is fetched at once, as often as need be; what is stolen later opens nothing (design.md).
LIFE = timedelta(seconds=60)


class SignedTickets:
    """Keeps `ports.Tickets`."""

    def __init__(self, signer: Signer, clock: Clock) -> None:
        self._signer, self._clock = signer, clock

    def sign(self, entry: Entry, access: Access, *, disclosed: Sequence[str] | None) -> str:
        """For the operator of the record alone, and the certificate as it was pulled."""
        now = self._clock.now()
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": access.operator,
            "jti": f"{access.access_id}/{entry.entry_id}",
            "iat": _seconds(now),
            "exp": _seconds(now + LIFE),
            # An entry of one of several holders has its place behind the id.
            "certificate_id": entry.entry_id.partition("-")[0],
            "version": entry.version,
            "organisation": access.organisation,
            "purpose": access.purpose,
            "access_id": access.access_id,
            "made_by": " ".join(part for part in (access.counter, access.operator) if part),
        }
        if disclosed is not None:
            claims["disclosed"] = list(disclosed)
        return self._signer.sign(claims, typ=TICKET_TYPE)


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
