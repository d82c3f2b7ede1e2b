"""Registered systems: each proves itself by its private key (RFC 7523)."""

import json
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import jwt

from deploy.local.actors.platform import Json, Platform

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_LIFE_S = 120
RENEW_BEFORE_S = 60


@dataclass
class System:
    """A registered client; its key is made at set-up."""

    platform: Platform
    client_id: str
    _until: float = 0.0
    _token: str = ""
    _key: Json = field(default_factory=dict)

    @property
    def public_jwk(self) -> Json:
        """What identity is told of the key."""
        return {name: value for name, value in self._jwk.items() if name != "d"}

    @property
    def _jwk(self) -> Json:
        if not self._key:
            self._key = json.loads((self.platform.keys / f"{self.client_id}.jwk").read_text())
        return self._key

    def assertion(self, subject: str, **claims: Any) -> str:
        """A statement signed by this client."""
        now = int(time.time())
        said: Json = {"iss": self.client_id, "sub": subject, "aud": self.platform.issuer, "jti": uuid4().hex}
        said |= {"iat": now, "exp": now + ASSERTION_LIFE_S, **claims}
        return jwt.encode(said, jwt.PyJWK(self._jwk, "ES256"), headers={"kid": self._jwk["kid"]})

    def proven(self, form: Json) -> Json:
        """The form with what proves that this client sends it."""
        return form | {
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self.assertion(self.client_id),
        }

    async def grant(self, form: Json) -> Json:
        """Ask the token endpoint."""
        return await self.platform.ask("identity", "POST", "/v1/token", data=self.proven(form))

    async def token(self) -> str:
        """An access token of its own."""
        if self._until < time.time():
            answer = await self.grant({"grant_type": "client_credentials"})
            self._token, self._until = answer["access_token"], time.time() + usable_s(answer)
        return self._token

    async def ask(self, service: str, method: str, path: str, **request: Any) -> Json:
        """Call as this client."""
        return await self.platform.ask(service, method, path, token=await self.token(), **request)


def usable_s(answer: Json) -> float:
    """How long the access token of this answer is used before it is renewed."""
    return float(answer["expires_in"]) - RENEW_BEFORE_S
