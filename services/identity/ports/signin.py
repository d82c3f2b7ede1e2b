"""The log-ins that are trusted, and the sessions that arise from them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from services.identity.domain.issuers import Issuer, IssuerKind
from services.identity.domain.logins import IdToken
from services.identity.domain.sessions import Session
from services.identity.events import IssuerChanged
from services.kernel.holders import HolderId
from services.kernel.keys.tokens import Caller


class UsedAssertions(Protocol):
    """Ids of assertions and ID tokens, kept until their age alone would refuse them."""

    async def use(self, client_id: str, assertion_id: str, *, until: datetime) -> bool:
        """Whether this is the first use."""
        ...


class Issuers(Protocol):
    """By name."""

    async def find(self, name: str) -> Issuer | None:
        """As it stands, also when removed."""
        ...

    async def find_by_issuer(self, issuer: str) -> Issuer | None:
        """The one with this `iss`, unless it was removed."""
        ...

    async def kinds_of(self, issuer: str) -> frozenset[IssuerKind]:
        """What the log-ins that have or had this `iss` are."""
        ...

    async def page(self, *, after: str, limit: int) -> Sequence[Issuer]:
        """Those whose name comes after this, in its order, removed ones too."""
        ...

    async def keep(self, issuer: Issuer, *, emit: IssuerChanged) -> None:
        """Keep version n over n-1 with its fact; `stale` if somebody was first, IssuerTaken."""
        ...


class Logins(Protocol):
    """What trusted log-ins signed."""

    def author(self, id_token: str) -> str:
        """Say who claims to have signed it; nothing is checked yet; IdTokenRejected."""
        ...

    async def read(self, id_token: str, issuer: Issuer) -> IdToken:
        """Give what this log-in signed, in time or not; IdTokenRejected, `key_unknown`."""
        ...


class Sessions(Protocol):
    """By session id."""

    async def find(self, session_id: str) -> Session | None:
        """As it stands."""
        ...

    async def of(self, subject: HolderId) -> list[Session]:
        """Those of one document's holder that are not over."""
        ...

    async def add(self, session: Session) -> None:
        """Keep a new one."""
        ...

    async def change(self, session: Session) -> None:
        """Keep version n over n-1; `stale` if somebody else was first."""
        ...


class AccessTokens(Protocol):
    """Our own access tokens, brought back to us."""

    async def check(self, token: str) -> Caller:
        """Give whose it is; `token_rejected`, `token_expired`."""
        ...
