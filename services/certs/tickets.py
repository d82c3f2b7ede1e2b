"""The craft of reading pull tickets: JWTs that space signs, checked against its public keys in a file.

In a file and not fetched: certs then needs no address of space, and a copy is drawn while space is away. Both
of its keys stand in it from the start, so that a rotation needs no new file at once (docs/keys.md).
"""

from pathlib import Path
from typing import Any

from services.certs.domain.ticket import Ticket, TicketExpired, TicketRejected
from services.kernel.clock import Clock
from services.kernel.keys.secrets import read_public_jwks
from services.kernel.keys.tokens import Jwks, TokenChecker, TokenExpired, TokenRejected

AUDIENCE, ISSUER, TICKET_TYPE = "certs", "urn:yima:space", "pull-ticket+jwt"
_TEXTS = ("certificate_id", "organisation", "purpose", "access_id", "made_by")
_LONGEST = 500


class TicketReader:
    """Keeps `ports.Tickets`. The file is read when a key is not known, and every five minutes."""

    def __init__(self, keys: Path, clock: Clock) -> None:
        self._keys = keys
        self._checker = TokenChecker(self._read, ISSUER, clock=clock, audience=AUDIENCE, at_hand=True)

    async def read(self, text: str) -> Ticket:
        """What it says; TicketRejected, TicketExpired."""
        try:
            claims = await self._checker.verify(text, audience=AUDIENCE, typ=TICKET_TYPE)
            return _ticket(claims)
        except TokenExpired as error:
            raise TicketExpired(error.detail) from error
        except TokenRejected as error:
            raise TicketRejected(error.detail) from error
        except (KeyError, TypeError, ValueError) as error:
            raise TicketRejected("the ticket lacks what a ticket says") from error

    async def _read(self) -> Jwks:
        return read_public_jwks(self._keys)


def _ticket(claims: dict[str, Any]) -> Ticket:
    texts = {name: claims[name] for name in _TEXTS}
    disclosed = claims.get("disclosed")
    if not all(isinstance(text, str) and len(text) <= _LONGEST for text in texts.values()):
        raise TypeError("texts are needed")
    if type(claims["version"]) is not int or not (disclosed is None or isinstance(disclosed, list)):
        raise TypeError("a version, and a list of what was disclosed, are needed")
    return Ticket(
        version=claims["version"],
        operator=claims["sub"],
        disclosed=None if disclosed is None else frozenset(map(str, disclosed)),
        **texts,
    )
