"""Sessions: what a sign-in gives beyond ten minutes, and everything that ends it."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from services.identity.domain.clients import Client
from services.identity.domain.holders import Enrolment
from services.identity.domain.issuers import Issuer, IssuerKind
from services.identity.domain.operators import Operator
from services.identity.domain.organisations import Organisation
from services.identity.domain.registry import Registered
from services.identity.domain.standings import Standing
from services.kernel.errors import Unauthenticated

EndReason = Literal["logged_out", "reused", "removed"]


class RefreshTokenRejected(Unauthenticated):
    """Unknown, ended, used before or another client's: whoever brought it hears the same."""

    code = "refresh_token_rejected"

    def __init__(self, cause: str) -> None:
        super().__init__("this is not a refresh token that is accepted here", cause=cause)


class SessionEnded(Unauthenticated):
    """A freeze ended it; its access token lives on for minutes and is worth nothing here."""

    code = "session_ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long a session lasts, and how long it may lie idle."""

    whole: timedelta
    idle: timedelta | None = None


TERMS: dict[IssuerKind, Terms] = {
    "resident": Terms(whole=timedelta(days=30)),
    "operator": Terms(whole=timedelta(hours=12), idle=timedelta(minutes=30)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One sign-in and its family of refresh tokens, of which the last alone is good, once.

    `subject`: id of the operator, or of the document that signed in. `secret`: the last token's, hashed.
    """

    session_id: str
    version: int = 1
    kind: IssuerKind
    subject: str
    client_id: str
    issuer_name: str
    counter: str | None = None
    secret: str
    began_at: datetime
    used_at: datetime
    until: datetime
    ended: EndReason | None = None

    def check_live(self, *, at: datetime) -> None:
        """Neither ended nor over nor idle for too long."""
        idle = TERMS[self.kind].idle
        if self.ended is not None:
            raise RefreshTokenRejected(f"the session has ended: {self.ended}")
        if at >= self.until or (idle is not None and at >= self.used_at + idle):
            raise RefreshTokenRejected("the session is over")

    def is_latest(self, secret: str, client_id: str) -> bool:
        """Whether this is the token given out last, in the hands that it was given to."""
        return hmac.compare_digest(self.secret, hashed(secret)) and client_id == self.client_id

    def turned(self, secret: str, *, at: datetime) -> "Session":
        """Give the next version, for which another token is good."""
        return replace(self, version=self.version + 1, secret=hashed(secret), used_at=at)

    def over(self, reason: EndReason) -> "Session":
        """Give the next version, for which no token is good any more."""
        return replace(self, version=self.version + 1, ended=reason)

    def check_resident(
        self, issuer: Issuer | None, standings: Sequence[Standing], enrolment: Enrolment | None
    ) -> Enrolment:
        """Give the enrolment if what the sign-in rested on still stands; `standings`: of all documents."""
        self._check_issuer(issuer)
        if any(one.ends_session(begun_at=self.began_at) for one in standings):
            raise RefreshTokenRejected("a freeze or an end of the holder's codes has ended it")
        # The first sign-in registers after it began; who was registered after the last use was erased before.
        if enrolment is None or enrolment.erased_at or enrolment.registered_at > self.used_at:
            raise RefreshTokenRejected("the holder was erased since")
        return enrolment

    def check_operator(
        self, issuer: Issuer | None, operator: Operator | None, organisation: Organisation | None
    ) -> None:
        """The same for a member of staff."""
        self._check_issuer(issuer)
        self._check_registered(operator, "operator")
        self._check_registered(organisation, "organisation")

    def check_client(self, client: Client, organisation: Organisation | None) -> None:
        """The system that it was begun at, and the organisation that runs it if any, stood all the time."""
        self._check_registered(client, "client")
        if client.organisation is not None:
            self._check_registered(organisation, "organisation of the client")

    def _check_registered(self, found: Registered | None, what: str) -> None:
        if found is None or found.ends_session(begun_at=self.began_at):
            raise RefreshTokenRejected(f"the {what} was taken off its list since")

    def _check_issuer(self, issuer: Issuer | None) -> None:
        self._check_registered(issuer, "log-in")
        if issuer is None or self.client_id not in issuer.clients or issuer.kind != self.kind:
            raise RefreshTokenRejected("the client is not registered for the log-in any more")


def hashed(secret: str) -> str:
    """256 bits of chance need neither salt nor stretching."""
    return hashlib.sha256(secret.encode()).hexdigest()


def split(refresh_token: str) -> tuple[str, str]:
    """Give session id and secret of `<session id>.<secret>`."""
    session_id, dot, secret = refresh_token.partition(".")
    if not dot or not session_id.isalnum() or not refresh_token.isascii() or len(refresh_token) > 255:  # noqa: PLR2004
        raise RefreshTokenRejected("not laid out as a refresh token")
    return session_id, secret
