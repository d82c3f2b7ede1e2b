"""An OpenID issuer that says whatever it is told of whomever: sign-ins by the thousand, without a browser.

The demo signs in through a real provider (`log_in.py`); tests and measurements mint here.
"""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Literal
from urllib.parse import urlsplit
from uuid import uuid4

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from deploy.local.places import LOOPBACK, free_port

Json = dict[str, Any]
Algorithm = Literal["RS256", "PS256", "ES256"]

LIFE_S = 300
DISCOVERY = "/.well-known/openid-configuration"
KEYS = "/jwks"
_RSA_BITS = 2048


class Issuer:
    """One `iss` with one signing key; `rotate` gives it another."""

    def __init__(self, url: str = "", *, algorithm: Algorithm = "RS256") -> None:
        self.url = url or f"http://{LOOPBACK}:{free_port()}"
        self.algorithm: Algorithm = algorithm
        self.rotate()

    @property
    def documents(self) -> Mapping[str, Json]:
        """What it publishes, by URL."""
        discovery = {
            "issuer": self.url,
            "jwks_uri": self.url + KEYS,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [self.algorithm],
        }
        return {self.url + DISCOVERY: discovery, self.url + KEYS: {"keys": [self._public]}}

    def rotate(self) -> None:
        """Sign with a new key from now on, and forget the one before."""
        self._kid = uuid4().hex
        self._key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
        if self.algorithm == "ES256":
            self._key = ec.generate_private_key(ec.SECP256R1())
            said = ECAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        else:
            self._key = rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
            said = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        self._public = {**said, "kid": self._kid, "use": "sig", "alg": self.algorithm}

    def id_token(self, *, audience: str | list[str], at: float | None = None, **claims: Any) -> str:
        """Give an ID token made at this moment; a claim that is given as None is left out."""
        now = int(time.time() if at is None else at)
        frame = {"iss": self.url, "aud": audience, "iat": now, "exp": now + LIFE_S, "jti": uuid4().hex}
        said = {"sub": uuid4().hex, **frame, **claims}
        shown = {name: value for name, value in said.items() if value is not None}
        return jwt.encode(shown, self._key, self.algorithm, headers={"kid": self._kid})

    @asynccontextmanager
    async def served(self) -> AsyncIterator["Issuer"]:
        """Inside, discovery and keys can be fetched at its URL."""
        app = web.Application()
        app.router.add_get("/{path:.*}", self._show)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            where = urlsplit(self.url)
            await web.TCPSite(runner, where.hostname, where.port).start()
            yield self
        finally:
            await runner.cleanup()

    async def _show(self, request: web.Request) -> web.Response:
        document = self.documents.get(self.url + request.path)
        if document is None:
            raise web.HTTPNotFound
        return web.json_response(document)
