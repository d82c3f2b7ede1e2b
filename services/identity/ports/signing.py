"""What is signed with the token keys, and what clients sign."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from services.identity.domain.clients import Assertion, Client
from services.identity.domain.scans import Scan
from services.kernel.keys.tokens import Caller


class Signing(Protocol):
    """Everything that is signed with the token keys."""

    @property
    def published(self) -> Mapping[str, Any]:
        """The public token keys, as a JWK set."""
        ...

    def access_token(self, caller: Caller, *, token_id: str, at: datetime, life: timedelta) -> str:
        """Give an access token that says this of its bearer."""
        ...

    def grant(self, scan: Scan) -> str:
        """Give the grant of a scan: at each call the same claims."""
        ...


class Signatures(Protocol):
    """What clients sign for us."""

    def author(self, assertion: str) -> str:
        """Say who claims to have signed it; nothing is checked yet."""
        ...

    def check(self, assertion: str, client: Client, *, at: datetime) -> Assertion:
        """Give what the client signed for us, for now; ClientAssertionRejected."""
        ...

    def public_key(self, jwk: Mapping[str, Any]) -> Mapping[str, Any]:
        """Give the key as we keep it; ClientKeyUnusable."""
        ...
