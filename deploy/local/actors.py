"""The people and systems around Yima, each with its own key, over the public interfaces.

The demo, the journeys and the measurements all play these parts; none of them has another way in.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import httpx
import jwt

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
VOUCH = "urn:ietf:params:oauth:grant-type:jwt-bearer"
RENEW_BEFORE_S = 60
ASSERTION_LIFE_S = 120

Json = dict[str, Any]


class Answered(Exception):
    """A service answered with a problem: its status, reason code and detail."""

    def __init__(self, response: httpx.Response) -> None:
        is_problem = response.headers.get("content-type", "").startswith("application/problem+json")
        self.problem: Json = response.json() if is_problem else {}
        self.status = response.status_code
        self.code = str(self.problem.get("code", ""))
        path, detail = response.request.url.path, self.problem.get("detail", "")
        super().__init__(f"{path}: {self.status} {self.code} {detail}")


class Platform:
    """The services' addresses; several copies of a service are called in turn."""

    def __init__(
        self, clients: Mapping[str, Sequence[httpx.AsyncClient]], *, issuer: str, keys: Path
    ) -> None:
        self._turns = {service: cycle(copies) for service, copies in clients.items()}
        self.issuer = issuer
        self.keys = keys

    async def call(
        self, service: str, method: str, path: str, *, token: str = "", key: str = "", **request: Any
    ) -> httpx.Response:
        """One request as it is, with a new Idempotency-Key unless one is given."""
        headers = {**request.pop("headers", {})}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if method == "POST":
            headers.setdefault("Idempotency-Key", key or uuid4().hex)
        return await next(self._turns[service]).request(method, path, headers=headers, **request)

    async def ask(self, service: str, method: str, path: str, **request: Any) -> Json:
        """The answer's JSON, or `Answered`."""
        response = await self.call(service, method, path, **request)
        if response.is_error:
            raise Answered(response)
        answer: Json = response.json()
        return answer


@dataclass
class System:
    """A registered client: proves itself by its private key (RFC 7523)."""

    platform: Platform
    client_id: str
    _tokens: dict[str, tuple[float, str]] = field(default_factory=dict)

    @property
    def public_jwk(self) -> Json:
        """What identity is told of the key."""
        return {name: value for name, value in self._jwk.items() if name != "d"}

    @property
    def _jwk(self) -> Json:
        jwk: Json = json.loads((self.platform.keys / f"{self.client_id}.jwk").read_text())
        return jwk

    def assertion(self, subject: str, **claims: Any) -> str:
        """A statement signed by this client."""
        now = int(time.time())
        said: Json = {"iss": self.client_id, "sub": subject, "aud": self.platform.issuer, "jti": uuid4().hex}
        said |= {"iat": now, "exp": now + ASSERTION_LIFE_S, **claims}
        return jwt.encode(said, jwt.PyJWK(self._jwk, "ES256"), headers={"kid": self._jwk["kid"]})

    async def token(self) -> str:
        """An access token of its own."""
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": "",
        }
        return await self._kept("", form, field_name="client_assertion", subject=self.client_id)

    async def vouch(self, subject: str, kind: Literal["resident", "operator"], **claims: Any) -> str:
        """An access token for a person whom this client has identified."""
        form = {"grant_type": VOUCH, "assertion": ""}
        return await self._kept(subject, form, field_name="assertion", subject=subject, kind=kind, **claims)

    async def ask(self, service: str, method: str, path: str, **request: Any) -> Json:
        """Call as this client."""
        return await self.platform.ask(service, method, path, token=await self.token(), **request)

    async def _kept(self, name: str, form: Json, *, field_name: str, subject: str, **claims: Any) -> str:
        until, token = self._tokens.get(name, (0.0, ""))
        if until < time.time():
            form[field_name] = self.assertion(subject, **claims)
            answer = await self.platform.ask("identity", "POST", "/v1/token", data=form)
            token = answer["access_token"]
            self._tokens[name] = (time.time() + answer["expires_in"] - RENEW_BEFORE_S, token)
        return token


@dataclass
class Resident:
    """A person, or who acts for an enterprise, signed in through the front desk."""

    front_desk: System
    holder_id: str

    async def ask(self, service: str, method: str, path: str, **request: Any) -> Json:
        """Call as this holder."""
        token = await self.front_desk.vouch(self.holder_id, "resident")
        return await self.front_desk.platform.ask(service, method, path, token=token, **request)

    async def show_code(self) -> Json:
        """A fresh code: text, kind, expiry."""
        return await self.ask("identity", "POST", "/v1/codes")

    async def entries(self) -> list[Json]:
        """The space, newest first."""
        return list((await self.ask("space", "GET", "/v1/entries"))["entries"])

    async def accesses(self) -> list[Json]:
        """Who used what, newest first."""
        return list((await self.ask("space", "GET", "/v1/accesses"))["accesses"])

    async def messages(self) -> list[Json]:
        """The inbox, newest first."""
        return list((await self.ask("notify", "GET", "/v1/messages"))["messages"])


@dataclass
class Operator:
    """A member of staff at a counter."""

    directory: System
    staff_id: str
    counter: str

    async def ask(self, service: str, method: str, path: str, **request: Any) -> Json:
        """Call as this operator."""
        token = await self.directory.vouch(self.staff_id, "operator", counter=self.counter)
        return await self.directory.platform.ask(service, method, path, token=token, **request)

    async def scan(self, code: str, *, item: str, purpose: str, **request: Any) -> Json:
        """Read a code: masked name and grant."""
        asked = {"code": code, "item": item, "purpose": purpose}
        return await self.ask("identity", "POST", "/v1/scans", json=asked, **request)

    async def match(self, grant: str) -> Json:
        """What the item needs and the space has, without content."""
        return await self.ask("space", "POST", "/v1/matches", json={"grant": grant})

    async def pull(self, grant: str, *, key: str = "", **more: Any) -> Json:
        """The certificates themselves."""
        return await self.ask("space", "POST", "/v1/pulls", json={"grant": grant, **more}, key=key)


async def register_holder(front_desk: System, *, id_type: str, id_number: str, name: str) -> Resident:
    """First visit of a holder."""
    asked = {"id_type": id_type, "id_number": id_number, "name": name}
    answer = await front_desk.ask("identity", "POST", "/v1/holders", json=asked)
    return Resident(front_desk, answer["holder_id"])
