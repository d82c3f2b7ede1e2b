"""How people sign in: an ID token from their log-in, exchanged for ours (RFC 8693) and then refreshed."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import jwt

from deploy.local.actors.platform import Json
from deploy.local.actors.systems import System, usable_s

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105 - the name of a kind
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - the same


class LogIn(Protocol):
    """Where people prove who they are; `audience` is what it calls the system that they sign in through."""

    @property
    def url(self) -> str:
        """The `iss` of its ID tokens."""
        ...

    @property
    def audience(self) -> str: ...

    async def id_token(self, claims: Mapping[str, Any]) -> str:
        """A fresh ID token of whoever these claims describe."""
        ...


class Signed(Protocol):
    """Whoever can call as a person."""

    @property
    def through(self) -> System:
        """The program that they use."""
        ...

    async def token(self) -> str:
        """An access token that is good for a while yet."""
        ...


@dataclass
class Session:
    """Signs in at the first call, and refreshes before the access token ends, one call at a time."""

    through: System
    log_in: LogIn
    claims: Mapping[str, Any]
    answer: Json = field(default_factory=dict)
    _until: float = 0.0
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def token(self) -> str:
        async with self._one:
            if not self.answer:
                await self.sign_in()
            elif self._until < time.time():
                await self.refresh()
            return str(self.answer["access_token"])

    async def sign_in(self) -> None:
        """With a new ID token; what there was is forgotten, not logged out."""
        said = await self.log_in.id_token(self.claims)
        self._take(
            await self.through.grant(
                {"grant_type": EXCHANGE, "subject_token": said, "subject_token_type": ID_TOKEN}
            )
        )

    async def refresh(self) -> None:
        """The old refresh token is worth nothing afterwards."""
        form = {"grant_type": "refresh_token", "refresh_token": self.answer["refresh_token"]}
        self._take(await self.through.grant(form))

    async def sign_out(self) -> None:
        """Log out (RFC 7009)."""
        form = self.through.proven({"token": self.answer["refresh_token"]})
        await self.through.platform.ask("identity", "POST", "/v1/token/revoke", data=form)

    def _take(self, answer: Json) -> None:
        self.answer, self._until = answer, time.time() + usable_s(answer)


@dataclass
class Acting:
    """Somebody who acts for another, under a mandate: no refresh token, so each time by the own token."""

    own: Signed
    mandate_id: str
    _token: str = ""
    _until: float = 0.0

    @property
    def through(self) -> System:
        return self.own.through

    async def token(self) -> str:
        if self._until < time.time():
            form = {
                "grant_type": EXCHANGE,
                "subject_token": await self.own.token(),
                "subject_token_type": ACCESS_TOKEN,
                "mandate_id": self.mandate_id,
            }
            answer = await self.through.grant(form)
            self._token, self._until = answer["access_token"], time.time() + usable_s(answer)
        return self._token


def subject_of(token: str) -> str:
    """Whose token it is, by its own word."""
    return str(jwt.decode(token, options={"verify_signature": False})["sub"])
