"""The log-ins of the sample county: minted ones for crowds, and a real provider's pages for the demo."""

import base64
import hashlib
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt

from deploy.local.actors import LogIn
from deploy.local.issuer import DISCOVERY, Issuer

# What the log-ins call our two programs that people sign in through.
PORTAL_AUDIENCE = "yima-portal"
COUNTER_AUDIENCE = "yima-counter"
# Nobody listens there: the code is taken from the redirect itself.
_REDIRECT = "http://127.0.0.1:8105/signed-in"
_WITHIN_S = 10.0


class LogInFailed(Exception):
    """The provider did not answer as OpenID Connect says."""


@dataclass(frozen=True, slots=True)
class LogIns:
    """Where residents and where staff prove who they are."""

    province: LogIn
    staff: LogIn


@dataclass(frozen=True, slots=True)
class Minted:
    """No page and no password: the issuer believes the claims."""

    issuer: Issuer
    audience: str

    @property
    def url(self) -> str:
        return self.issuer.url

    async def id_token(self, claims: Mapping[str, Any]) -> str:
        return self.issuer.id_token(audience=self.audience, **claims)


@asynccontextmanager
async def minted_log_ins() -> AsyncIterator[LogIns]:
    """Both can be reached inside."""
    async with Issuer().served() as province, Issuer().served() as staff:
        yield LogIns(Minted(province, PORTAL_AUDIENCE), Minted(staff, COUNTER_AUDIENCE))


@dataclass(frozen=True, slots=True)
class Browser:
    """A person at the pages of oidc-provider-mock: authorization code flow with state, nonce and PKCE."""

    url: str
    audience: str

    async def id_token(self, claims: Mapping[str, Any]) -> str:
        async with httpx.AsyncClient(timeout=_WITHIN_S) as http:
            who = await self._enrol(http, claims)
            discovery = _json(await http.get(self.url + DISCOVERY))
            verifier, state, nonce = (secrets.token_urlsafe(32) for _ in range(3))
            asked = self._asked(verifier, state, nonce)
            form = await http.get(discovery["authorization_endpoint"], params=asked)
            signed_in = await http.post(form.url, data={"sub": who})
            code = _code(signed_in, state)
            tokens = _json(
                await http.post(
                    discovery["token_endpoint"],
                    data={
                        "grant_type": "authorization_code",
                        "code": code,
                        "redirect_uri": _REDIRECT,
                        "code_verifier": verifier,
                    },
                    auth=(self.audience, "the sandbox takes any"),
                )
            )
        said = str(tokens["id_token"])
        if jwt.decode(said, options={"verify_signature": False}).get("nonce") != nonce:
            raise LogInFailed("the ID token answers another request: its nonce is not ours")
        return said

    async def _enrol(self, http: httpx.AsyncClient, claims: Mapping[str, Any]) -> str:
        """The sandbox knows nobody beforehand; what it calls a person says nothing of them."""
        named = "|".join(f"{name}={claims[name]}" for name in sorted(claims))
        who = hashlib.sha256(named.encode()).hexdigest()[:16]
        (await http.put(f"{self.url}/users/{who}", json=dict(claims))).raise_for_status()
        return who

    def _asked(self, verifier: str, state: str, nonce: str) -> dict[str, str]:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
        return {
            "response_type": "code",
            "client_id": self.audience,
            "redirect_uri": _REDIRECT,
            "scope": "openid profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge.rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }


def _code(redirect: httpx.Response, state: str) -> str:
    """The authorization code, if the redirect belongs to our request."""
    if not redirect.has_redirect_location:
        raise LogInFailed(f"the log-in page answered {redirect.status_code} instead of a redirect")
    said = parse_qs(urlsplit(redirect.headers["Location"]).query)
    if said.get("state") != [state] or "code" not in said:
        raise LogInFailed(f"the redirect has no code of ours: {said.get('error', ['state differs'])[0]}")
    return said["code"][0]


def _json(response: httpx.Response) -> dict[str, Any]:
    response.raise_for_status()
    answer: dict[str, Any] = response.json()
    return answer
